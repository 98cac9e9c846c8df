// Scores a batch with ONNX Runtime, as the oracle for exported models.
//
//   node score.js ONNXRUNTIME_DIR MODEL.onnx < batch.json > scores.json
//
// The batch maps each input's name to {type: "float32" | "string", data: […]},
// one entry a row, where null stands for NaN. The result is
// {labels: […], probabilities: [[…], …], outputs: {NAME: {dims: […], data: […]}}},
// with labels and probabilities only where the model has outputs of those names.
'use strict';
const fs = require('fs');
const path = require('path');

async function main() {
  const [dir, model] = process.argv.slice(2);
  const ort = require(path.join(dir, 'node_modules', 'onnxruntime-node'));
  const batch = JSON.parse(fs.readFileSync(0, 'utf8'));
  const session = await ort.InferenceSession.create(model);
  const feeds = {};
  for (const name of Object.keys(batch)) {
    const {type, data} = batch[name];
    const values = type === 'float32' ? Float32Array.from(data, (v) => (v === null ? NaN : v)) : data;
    feeds[name] = new ort.Tensor(type, values, [data.length, 1]);
  }
  const out = await session.run(feeds);
  const result = {outputs: {}};
  for (const [name, tensor] of Object.entries(out)) {
    const data = Array.from(tensor.data, (v) => (typeof v === 'bigint' ? Number(v) : v));
    result.outputs[name] = {dims: tensor.dims, data};
  }
  if (out.label) result.labels = result.outputs.label.data;
  if (out.probabilities) {
    const [rows, classes] = out.probabilities.dims;
    const flat = result.outputs.probabilities.data;
    result.probabilities = Array.from({length: rows}, (_, i) => flat.slice(i * classes, (i + 1) * classes));
  }
  process.stdout.write(JSON.stringify(result));
}

main().catch((e) => {
  console.error(e.message);
  process.exit(1);
});
