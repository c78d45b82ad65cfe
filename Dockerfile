# syntax=docker/dockerfile:1
# One image for both processes: `node dist/worker/main.js` (what it starts by itself) and `node dist/bot/main.js`.
#
# Pinned by tag: tags of this form are rebuilt for security fixes of Debian, which a digest would keep out. A release that must
# be reproducible is pushed to your own registry and run by its digest (GIGABRIDGE_IMAGE=registry/gigabridge@sha256:...).
# glibc on purpose: the Temporal SDK's native part does not run on Alpine's musl (Temporal docs, TypeScript SDK).
ARG NODE_IMAGE=node:22.22.2-bookworm-slim

FROM ${NODE_IMAGE} AS base
WORKDIR /app
# Packages' own install scripts are not run, here as in a checkout: none that the shop uses needs one.
ENV NPM_CONFIG_IGNORE_SCRIPTS=true
COPY package.json package-lock.json .npmrc ./

# Compiles src/ and bundles the workflows; needs the dev dependencies.
FROM base AS build
RUN --mount=type=cache,target=/root/.npm npm ci
COPY tsconfig.base.json tsconfig.build.json ./
COPY scripts ./scripts
COPY src ./src
RUN npm run build

# What runs in production. The Temporal SDK carries its native part for five platforms, 25 MB each; two of them are Linux.
FROM base AS packages
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev \
    && find node_modules/@temporalio/core-bridge/releases -mindepth 1 -maxdepth 1 ! -name '*-unknown-linux-gnu' -exec rm -r {} +

FROM ${NODE_IMAGE} AS production
ENV NODE_ENV=production \
    NODE_OPTIONS=--enable-source-maps \
    HTTP_HOST=0.0.0.0 \
    HTTP_PORT=8080
WORKDIR /app
# Owned by root and not writable for the process: nobody who gets into it can change what the next start runs.
COPY --from=packages /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json ./
# The user "node" of the image, by number: a host that forbids root can check it.
USER 1000:1000
EXPOSE 8080
# A worker lets running calls end, at most 60 s (compose: stop_grace_period).
STOPSIGNAL SIGTERM
# Unhealthy when what the process cannot do without has been away for more than a minute. The slim image has no curl.
HEALTHCHECK --interval=10s --timeout=5s --start-period=90s --retries=3 \
  CMD ["node", "-e", "fetch(\"http://127.0.0.1:\" + process.env.HTTP_PORT + \"/healthz\", { signal: AbortSignal.timeout(4000) }).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "dist/worker/main.js"]
