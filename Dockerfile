# The program, from source. `docker compose up` builds it; nothing else is needed.
FROM node:20-bookworm AS build
WORKDIR /srv/ringpost
COPY . .
RUN npm ci && npm prune --omit=dev

FROM node:20-bookworm-slim
WORKDIR /srv/ringpost
COPY --from=build /srv/ringpost/package.json ./
COPY --from=build /srv/ringpost/bin ./bin
COPY --from=build /srv/ringpost/dist ./dist
COPY --from=build /srv/ringpost/node_modules ./node_modules
ENV NODE_ENV=production HOST=0.0.0.0 RINGPOST_DATA=/data
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 3000
# Up, whether its store is or not: pages come from the cache meanwhile (/readyz tells that).
HEALTHCHECK --start-period=30s CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.PORT || 3000) + '/healthz').then((a) => process.exit(a.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "/srv/ringpost/bin/ringpost.js"]
CMD ["serve"]
