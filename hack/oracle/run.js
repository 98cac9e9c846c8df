// Runs models with ONNX Runtime, as the oracle for the interpreter of graphs.
//
//   node run.js ONNXRUNTIME_DIR < cases.json > results.json
//
// Cases are a list of {model, feeds}: the model's file in base64, and for each
// input {type, dims, data}, where data is a list of texts, or the elements'
// little-endian bytes in base64. The result is a list of {outputs}, in the same
// form, or {error}.
'use strict';
const fs = require('fs');
const path = require('path');

const arrays = {float32: Float32Array, float64: Float64Array, int64: BigInt64Array, bool: Uint8Array};

function decode(ort, {type, dims, data}) {
  if (type === 'string') return new ort.Tensor(type, data || [], dims);
  const bytes = Buffer.from(data, 'base64');
  const copy = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
  return new ort.Tensor(type, new arrays[type](copy), dims);
}

function encode({type, dims, data}) {
  if (type === 'string') return {type, dims, data: Array.from(data)};
  return {type, dims, data: Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64')};
}

async function run(ort, {model, feeds}) {
  try {
    const session = await ort.InferenceSession.create(Buffer.from(model, 'base64'), {logSeverityLevel: 4});
    const tensors = {};
    for (const name of Object.keys(feeds)) tensors[name] = decode(ort, feeds[name]);
    const results = await session.run(tensors);
    const outputs = {};
    for (const name of Object.keys(results)) outputs[name] = encode(results[name]);
    return {outputs};
  } catch (e) {
    return {error: e.message};
  }
}

async function main() {
  const ort = require(path.join(process.argv[2], 'node_modules', 'onnxruntime-node'));
  const results = [];
  for (const c of JSON.parse(fs.readFileSync(0, 'utf8'))) results.push(await run(ort, c));
  process.stdout.write(JSON.stringify(results));
}

main().catch((e) => {
  console.error(e.message);
  process.exit(1);
});
