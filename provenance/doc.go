// Package provenance builds, parses and compares the model-level statements of
// modelbuild.
//
// A statement is an in-toto Statement v1 whose subjects are model files. Two
// predicates exist: SLSA provenance v0.2 ([New], [Statement]) says what the
// model was built from and how; the training record ([TrainingRecord]) says
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
//     mode) holds the text of the spec in the shape of BuildKit's source infos.
//
// The package does no I/O and reads no clock.
package provenance
