// Package provenance builds, parses and compares the model-level statements of
// modelbuild.
//
// A statement is an in-toto Statement v1 whose subjects are model files. Two
// predicates exist: SLSA provenance ([New], [Statement] in v0.2 and [Statement1]
// in v1) says what the model was built from and how; the training record ([TrainingRecord]) says
// what training measured. Both are written as canonical JSON: the same input
// gives the same bytes, so a statement can be part of a reproducible image.
// For this reason a statement holds no invocation ID and no clock reading.
//
// # Build type
//
// The build type https://github.com/modelbuild/modelbuild/build/v1 gives the
// fields of the SLSA predicate this meaning:
//
//   - invocation.configSource is the model spec; entryPoint is its path.
//   - invocation.parameters (max mode) are the resolved training parameters.
//   - invocation.environment.platform is the platform of the build in OCI
//     notation.
//   - materials are the spec, the frontend image (which holds the trainer) and
//     every dataset and source. An input from the build context has a URI of
//     the form context://PATH, PATH relative to the context root; its digest
//     was measured inside the build.
//   - buildConfig.steps (max mode) are the commands in order. An input that an
//     earlier step made has the URI step:NAME/FILE.
//   - metadata["https://github.com/modelbuild/modelbuild@v1#metadata"] (max
//     mode) holds the text of the spec, of what it includes and of its lock in
//     the shape of BuildKit's source infos.
//   - buildConfig.llbDefinition (max mode) is the LLB of everything that the
//     package step reads: ops in BuildKit's JSON, inputs first. What a file
//     action writes is there by digest, and what differs between two builds of
//     the same, such as sessions, is left out. The layers are not there: they
//     are made after the statement, by the exporter.
//
// SLSA v1 has the same: invocation.configSource and invocation.parameters are
// externalParameters.configSource and .parameters, materials are
// resolvedDependencies, and environment.platform, buildConfig and all metadata
// but the times are in internalParameters. The predicate has no field besides
// the specification's own, so that strict readers take it.
//
// The package does no I/O and reads no clock.
package provenance
