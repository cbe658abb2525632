/** `ringpost settings`: the site's own words, from the command line. */

import { InvalidInputError } from '../kernel/errors.ts'
import { limits } from '../kernel/limits.ts'
import { isSettingName, readSetting, settingNames, showSetting } from '../store/settings-text.ts'
import type { SettingName } from '../store/settings-text.ts'
import { CommandError } from './command-error.ts'
import { openStore, type StoreRequest } from './open-store.ts'
import type { Terminal } from './terminal.ts'

/** One setting as it is; without a name all of them, each indented below its name. */
export async function getSettings(
  name: string | undefined,
  request: StoreRequest,
  terminal: Terminal,
): Promise<void> {
  const wanted = name === undefined ? undefined : knownName(name)
  const store = await openStore(request)
  try {
    const settings = await store.blog.settings()
    if (wanted !== undefined) {
      terminal.print(showSetting(settings, wanted))
      return
    }
    for (const each of settingNames) {
      const text = showSetting(settings, each)
      terminal.print(text === '' ? each : `${each}\n${text.replace(/^/gm, '  ')}`)
    }
  } finally {
    await store.close()
  }
}

/** @param value - `-`: the text on standard input. */
export async function setSetting(
  input: { readonly name: string; readonly value: string },
  request: StoreRequest,
  terminal: Terminal,
): Promise<void> {
  const name = knownName(input.name)
  const text = input.value === '-' ? await standardInput() : input.value
  const store = await openStore(request)
  try {
    await store.blog.changeSettings(readSetting(name, text), request.program)
    terminal.tell(`${name} is set. A running server shows it within seconds.`)
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error
    throw new CommandError(error.issues.map(({ message }) => `${name}: ${message}`).join('\n'), 2)
  } finally {
    await store.close()
  }
}

function knownName(name: string): SettingName {
  if (isSettingName(name)) return name
  throw new CommandError(`no setting "${name}": there are ${settingNames.join(', ')}`, 2)
}

async function standardInput(): Promise<string> {
  let text = ''
  process.stdin.setEncoding('utf8')
  for await (const chunk of process.stdin) {
    text += String(chunk)
    if (text.length > limits.settingsFormBytesMax) {
      throw new CommandError('standard input: the text is too long for a setting', 2)
    }
  }
  return text
}
