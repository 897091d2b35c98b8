// Loaded by Node before the kernel. The trace is captured as before, and written as text when somebody reads it.
"use strict";
const Module = require("node:module");
const load = Module._extensions[".js"];

function captureStackTrace(below) {
  const limit = Error.stackTraceLimit;
  const holder = {};
  Error.stackTraceLimit = Number.MAX_SAFE_INTEGER;
  Error.captureStackTrace(holder, below || captureStackTrace);
  Error.stackTraceLimit = limit;
  const trace = [];
  let written = false;
  const write = () => {
    if (!written) {
      written = true;
      trace.push(...holder.stack.split("\n").slice(1).map((line) => line.replace(/^\s*at\s+/, "")));
    }
    return trace;
  };
  return new Proxy(trace, {
    get: (_, key) => write()[key],
    has: (_, key) => key in write(),
    ownKeys: () => Reflect.ownKeys(write()),
    getOwnPropertyDescriptor: (_, key) => Reflect.getOwnPropertyDescriptor(write(), key),
  });
}

Module._extensions[".js"] = (module, filename) => {
  load(module, filename);
  if (/[\\/]cdkt[fn][\\/]lib[\\/]tokens[\\/]private[\\/]stack-trace\.js$/.test(filename)) {
    module.exports.captureStackTrace = captureStackTrace;
  }
};
