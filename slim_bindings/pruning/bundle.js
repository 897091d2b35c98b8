// The first part of an assembly's index.js; what follows is the table of its files, each as a function, and its submodules.
(function (files, submodules) {
  const { posix } = require("node:path");
  const modules = {};

  function load(file) {
    if (!modules[file]) {
      const module = (modules[file] = { exports: {} });
      const near = (request) => (request.startsWith(".") ? load(find(posix.resolve(file, "..", request))) : require(request));
      files[file].call(module.exports, module.exports, near, module);
    }
    return modules[file].exports;
  }

  function find(path) {
    const file = [path, `${path}.js`, `${path}/index.js`].find((name) => files[name]);
    if (!file) throw new Error(`Cannot find module '${path}'`);
    return file;
  }

  for (const [submodule, folder] of Object.entries(submodules)) exports[submodule] = load(`/${folder}/index.js`);
})({
