const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const vm = require('node:vm');

const DIST = join(__dirname, '../dist');
const loaded = new Map();

/**
 * Loads a file of the built program together with the code that V8 made of it during the build: reading that takes a
 * fraction of the time that compiling does. Another version of V8, or options of its own, refuse it and compile.
 *
 * @param {string} file in dist/
 * @returns {{ exports: any, script: import('node:vm').Script }}
 */
function loadBuilt(file) {
  let module = loaded.get(file);
  if (!module) {
    const source = readFileSync(join(DIST, file), 'latin1');
    // The name is kept with the code: one that is true wherever the program is installed.
    const script = new vm.Script(source, { filename: `dist/${file}`, cachedData: readCompiled(source) });
    module = { exports: {}, script };
    loaded.set(file, module);
    script.runInThisContext()(module.exports, requireBuilt, module, DIST);
  }
  return module;
}

/** What the build left out of one file is another one of it, a package, or Node's own. */
function requireBuilt(name) {
  return name.startsWith('./') ? loadBuilt(name.slice(2)).exports : require(name);
}

/** What was compiled of the source as it was built, which names it in its last line. Without it a start is slower, no more. */
function readCompiled(source) {
  try {
    return readFileSync(join(DIST, source.slice(source.lastIndexOf('//') + 2)));
  } catch {
    return undefined;
  }
}

module.exports = { loadBuilt };
