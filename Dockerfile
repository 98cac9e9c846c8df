# The frontend image: /modelbuild-frontend, which BuildKit runs for `# syntax=org/modelbuild:1`, and /modelbuild-step,
# which it mounts into the build steps. Beside them is /serve, the inference servers that it copies into images with
# image.serve: one for each platform that those may be for. All are static; nothing else is inside.
#
# Named contexts that replace a stage:
#   golang    a root filesystem with Go at /usr/local/go, instead of the image below
#   modules   a GOPROXY file tree (GOMODCACHE/cache/download), to compile without a network
#   binaries  a folder with the binaries compiled already, as `make bin` leaves in bin/
ARG GO_IMAGE=golang:1.26.8@sha256:3c3e25a4da13fd0478eed2df1eb35a0e667094a7124d3993a6a1d30f71c17e79

FROM --platform=$BUILDPLATFORM ${GO_IMAGE} AS golang

FROM scratch AS modules

FROM --platform=$BUILDPLATFORM golang AS build
ARG GOPROXY
ENV PATH=/usr/local/go/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    HOME=/root GOPATH=/go GOCACHE=/root/.cache/go-build \
    GOPROXY=file:///modules,${GOPROXY:-https://proxy.golang.org,direct}
WORKDIR /src
COPY . .
ARG TARGETOS TARGETARCH
RUN --mount=type=cache,target=/go/pkg/mod \
    --mount=type=cache,target=/root/.cache/go-build \
    --mount=type=bind,from=modules,target=/modules \
    --mount=type=tmpfs,target=/tmp \
    ["go", "run", "./hack/build", "-out", "/out", "-image"]

FROM scratch AS compiled
COPY --from=build /out/ /

# A stage of its own without commands: a named context in its place then leaves nothing above it to be resolved.
FROM compiled AS binaries

FROM scratch
LABEL moby.buildkit.frontend.network.none="true" \
      moby.buildkit.frontend.caps="moby.buildkit.frontend.inputs,moby.buildkit.frontend.subrequests,moby.buildkit.frontend.contexts,moby.buildkit.frontend.gitquerystring,moby.buildkit.frontend.contexts.zstd" \
      org.opencontainers.image.title="modelbuild" \
      org.opencontainers.image.description="BuildKit frontend for reproducible model builds"
COPY --from=binaries --chmod=0755 modelbuild-frontend modelbuild-step /
COPY --from=binaries --chmod=0755 serve /serve/
ENTRYPOINT ["/modelbuild-frontend"]
