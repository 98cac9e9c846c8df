// Reads a Parquet file with DuckDB into a table in memory, and prints what that took and the mean of a column:
//
//     node peer.js FOLDER FILE COLUMN THREADS
//
// FOLDER is where npm.sh installed @duckdb/node-api. Without further arguments it prints the version.
'use strict';
const path = require('path');

const [folder, file, column, threads] = process.argv.slice(2);
const duckdb = require(path.join(folder, 'node_modules', '@duckdb', 'node-api'));

async function main() {
  if (!file) {
    console.log(JSON.stringify({duckdb: duckdb.version()}));
    return;
  }
  const connection = await (await duckdb.DuckDBInstance.create(':memory:', {threads})).connect();
  const cpu = process.cpuUsage(), start = process.hrtime.bigint();
  await connection.run(`CREATE TABLE t AS SELECT * FROM read_parquet('${file}')`);
  const used = process.cpuUsage(cpu), wall = Number(process.hrtime.bigint() - start) / 1e9;
  const rows = await connection.runAndReadAll(`SELECT avg("${column}") FROM t`);
  console.log(JSON.stringify({cpu: (used.user + used.system) / 1e6, wall, metric: Number(rows.getRows()[0][0])}));
}

main().catch((err) => { console.error(err); process.exit(1); });
