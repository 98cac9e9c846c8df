// Runs a graph with ONNX Runtime, as the oracle for parts of exported models.
//
//   node tensors.js ONNXRUNTIME_DIR MODEL.onnx < inputs.json > outputs.json
//
// Both files map names to {type, dims, data}, with type float32, float64 or
// string; null stands for NaN.
'use strict';
const fs = require('fs');
const path = require('path');

const arrays = {float32: Float32Array, float64: Float64Array};

async function main() {
  const [dir, model] = process.argv.slice(2);
  const ort = require(path.join(dir, 'node_modules', 'onnxruntime-node'));
  const session = await ort.InferenceSession.create(model, {logSeverityLevel: 3});
  const feeds = {};
  for (const [name, {type, dims, data}] of Object.entries(JSON.parse(fs.readFileSync(0, 'utf8')))) {
    const values = arrays[type] ? arrays[type].from(data, (v) => (v === null ? NaN : v)) : data;
    feeds[name] = new ort.Tensor(type, values, dims);
  }
  const out = await session.run(feeds);
  const result = {};
  for (const [name, t] of Object.entries(out)) {
    result[name] = {type: t.type, dims: t.dims, data: Array.from(t.data)}; // JSON writes NaN as null
  }
  process.stdout.write(JSON.stringify(result));
}

main().catch((e) => {
  console.error(e.message);
  process.exit(1);
});
