// SPDX-License-Identifier: Apache-2.0
// Reads PowerShell scripts with the grammar of tree-sitter: powershell.mjs MODULES FILE...
// One line for each node that is an error or missing; exit 1 if there is one.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

const [folder, ...files] = process.argv.slice(2);
const modules = resolve(folder);
const require = createRequire(join(modules, 'package.json'));
const { Language, Parser } = require('web-tree-sitter');

function* faults(node) {
  if (node.isError || node.isMissing) {
    yield node;
  }
  for (const child of node.children) {
    if (child.hasError || child.isMissing) {
      yield* faults(child);
    }
  }
}

await Parser.init();
const parser = new Parser();
parser.setLanguage(await Language.load(
  join(modules, 'node_modules/tree-sitter-powershell/tree-sitter-powershell.wasm')));
let found = 0;
for (const file of files) {
  const tree = parser.parse(readFileSync(file, 'utf8'));
  for (const node of faults(tree.rootNode)) {
    const { row, column } = node.startPosition;
    const what = node.isMissing ? `missing ${node.type}` : `not read: ${node.text.slice(0, 60)}`;
    console.log(`${file}:${row + 1}:${column + 1}: ${JSON.stringify(what)}`);
    ++found;
  }
}
console.log(`${files.length} scripts, ${found} faults`);
process.exitCode = found === 0 && files.length > 0 ? 0 : 1;
