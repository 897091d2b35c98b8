// Between Terraform and a provider that runs already: node few_types.js ITS_SOCKET OUR_SOCKET TYPE...
// Everything goes through as it is, but of the provider's schema only these types: Terraform decodes all of it in every
// command, which takes a second of CPU time for aws. Ends with its input.
const http2 = require("node:http2");
const net = require("node:net");

const [theirs, ours, ...kinds] = process.argv.slice(2);
const memory = { maxSessionMemory: 1000 }; // megabytes; aws's schema is larger than the 10 that Node allows
const provider = http2.connect("http://provider", { ...memory, createConnection: () => net.connect(theirs) });
const TYPES = [2, 3, 8]; // the fields of a schema that are maps by type: resources, data sources, ephemeral resources
let schema; // the answer, once it is known

http2.createServer(memory).on("stream", (stream, headers) => {
  stream.on("error", () => {});
  const asked = /\/Get(Provider)?Schema$/.test(headers[":path"]);
  if (asked && schema) return answer(stream, schema);
  const { ":authority": _, ...rest } = headers;
  const onward = provider.request(rest);
  const got = { chunks: [], trailers: {} };
  stream.pipe(onward);
  stream.on("aborted", () => onward.close(http2.constants.NGHTTP2_CANCEL));
  onward.on("error", () => stream.close(http2.constants.NGHTTP2_INTERNAL_ERROR));
  onward.on("trailers", (trailers) => (got.trailers = trailers));
  onward.on("response", (head, flags) => {
    if (flags & http2.constants.NGHTTP2_FLAG_END_STREAM) return stream.respond(head, { endStream: true });
    got.head = head;
    if (!asked) begin(stream, got);
  });
  onward.on("data", (chunk) => (asked ? got.chunks.push(chunk) : stream.write(chunk)));
  onward.on("end", () => setImmediate(() => {
    if (!asked) return stream.end();
    schema = { ...got, chunks: [few(Buffer.concat(got.chunks))] };
    answer(stream, schema);
  }));
}).listen(ours, () => console.log("ready"));
process.stdin.resume().on("end", () => process.exit());

function begin(stream, got) {
  const { ":status": status, "content-type": type } = got.head;
  stream.on("wantTrailers", () => stream.sendTrailers(got.trailers));
  stream.respond({ ":status": status, "content-type": type }, { waitForTrailers: true });
}

function answer(stream, got) {
  begin(stream, got);
  stream.end(got.chunks[0]);
}

// A gRPC message of which only the entries of these types are left. Each of its fields is preceded by its length.
function few(message) {
  const kept = [];
  for (let at = 5; at < message.length; ) {
    const [tag, start] = varint(message, at);
    const [length, body] = varint(message, start);
    const key = () => message.toString("utf8", body + 2, body + 2 + message[body + 1]);
    if (!TYPES.includes(tag >> 3) || kinds.includes(key())) kept.push(message.subarray(at, body + length));
    at = body + length;
  }
  const head = Buffer.alloc(5);
  head.writeUInt32BE(kept.reduce((sum, part) => sum + part.length, 0), 1);
  return Buffer.concat([head, ...kept]);
}

function varint(bytes, at) {
  let value = 0, shift = 0;
  for (; bytes[at] & 128; at++, shift += 7) value += (bytes[at] & 127) * 2 ** shift;
  return [value + bytes[at] * 2 ** shift, at + 1];
}
