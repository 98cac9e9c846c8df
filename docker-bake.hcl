# Builds the frontend image and the examples with `docker buildx bake`.
#
#   docker buildx bake frontend                       the frontend image, compiled from source for two platforms
#   docker buildx bake --set '*.output=type=registry' push everything to REGISTRY
#   docker buildx bake examples                       every example, through its own `# syntax=` line
#   docker buildx bake validate                       the checks of `make validate` that run in a build

variable "REGISTRY" {
  default     = "docker.io"
  description = "Registry host that images are named for"
}

variable "TAG" {
  default     = "1"
  description = "Tag of the frontend image, and of the examples' images"
}

variable "SOURCE_DATE_EPOCH" {
  default     = "0"
  description = "Timestamp, in seconds since 1970, that everything in the images has"
}

variable "OUTPUT" {
  default     = "build/bake"
  description = "Folder that OCI layouts are written to"
}

# What every image has: full provenance, bills of materials, and timestamps that do not depend on when it was built.
target "_common" {
  args = {
    SOURCE_DATE_EPOCH = SOURCE_DATE_EPOCH
  }
  attest = [
    "type=provenance,mode=max,version=v0.2",
    "type=sbom",
  ]
}

variable "DEBIAN_MIRROR" {
  description = "Where the Debian packages of examples are, as in https://mirror.example/debian,Debian-Security=https://mirror.example/debian-security"
  default     = ""
}

variable "EXAMPLES" {
  description = "the folders below examples"
  default     = ["body-mass", "java", "odd-birds", "penguins", "pytorch", "serve", "species-clusters", "sweep"]
}

group "default" {
  description = "the frontend image"
  targets     = ["frontend"]
}

group "examples" {
  description = "every example"
  targets     = ["example"]
}

group "validate" {
  description = "checks of the Dockerfile and of the examples"
  targets     = ["validate-lint", "validate-example"]
}

target "frontend" {
  description = "the frontend image, from source"
  inherits    = ["_common"]
  platforms   = ["linux/amd64", "linux/arm64"]
  tags        = ["${REGISTRY}/org/modelbuild:${TAG}"]
  # Its binaries carry their own list of modules, so no scanner image is pulled and run over it.
  attest = ["type=sbom,disabled=true"]
  output = ["type=oci,dest=${OUTPUT}/frontend.tar,rewrite-timestamp=true,oci-mediatypes=true"]
}

target "example" {
  description = "an example"
  matrix      = { example = EXAMPLES }
  name        = "example-${example}"
  inherits    = ["_common"]
  context     = "examples/${example}"
  dockerfile  = "model.yaml"
  args        = contains(["java", "pytorch"], example) ? { MODELBUILD_DEBIAN_MIRROR = DEBIAN_MIRROR } : {}
  tags        = ["${REGISTRY}/org/${example}:${TAG}"]
  output      = ["type=oci,dest=${OUTPUT}/${example}.tar,rewrite-timestamp=true,oci-mediatypes=true"]
}

# BuildKit's own checks of the Dockerfile, and modelbuild's of the examples.
target "validate-lint" {
  description = "BuildKit's checks of the Dockerfile"
  call        = "check"
}

target "validate-example" {
  description = "modelbuild's checks of an example"
  matrix      = { example = EXAMPLES }
  name        = "validate-example-${example}"
  context     = "examples/${example}"
  dockerfile  = "model.yaml"
  call        = "check"
}
