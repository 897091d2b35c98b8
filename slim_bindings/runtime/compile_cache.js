// Loaded by Node before the kernel. A module's code is known to Node's compile cache by the module's path, but the kernel
// makes a new folder of links in each process. Here it has the path that the link leads to.
"use strict";
const fs = require("node:fs");
const Module = require("node:module");
const { isAbsolute, sep } = require("node:path");
const compile = Module.prototype._compile;
const linked = /^(.*[\\/]jsii-kernel-[^\\/]+[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+)(?=[\\/])/;
const targets = {};

// Not by NODE_COMPILE_CACHE: the kernel's workers would make the folder again, even after it was removed. They, too, load
// this file, and find no variable.
const { SLIM_BINDINGS_COMPILE_CACHE: folder } = process.env;
if (folder) Module.enableCompileCache?.(folder);
delete process.env.SLIM_BINDINGS_COMPILE_CACHE;

// A file that asks for another by its own __dirname searches what it requires next to the link.
const resolve = Module._resolveFilename;
Module._resolveFilename = function (request, ...rest) {
  const link = isAbsolute(request) && Object.keys(targets).find((link) => request.startsWith(targets[link] + sep));
  return resolve.call(this, link ? link + request.slice(targets[link].length) : request, ...rest);
};

Module.prototype._compile = function (content, filename, ...rest) {
  const path = filename.replace(linked, (link) => (targets[link] ??= fs.realpathSync(link)));
  return compile.call(this, content, path, ...rest);
};
