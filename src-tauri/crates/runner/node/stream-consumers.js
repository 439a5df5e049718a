// stream/consumers: all of a stream, Node's or the web's, as one value.
'use strict';

async function bytes(stream) {
  const parts = [];
  for await (const part of stream) parts.push(typeof part === 'string' ? Buffer.from(part) : part);
  return Buffer.concat(parts);
}

async function text(stream) {
  const decoder = new TextDecoder();
  let whole = '';
  for await (const part of stream) whole += typeof part === 'string' ? part : decoder.decode(part, { stream: true });
  return whole + decoder.decode();
}

module.exports = {
  async arrayBuffer(stream) {
    const { buffer, byteOffset, byteLength } = await bytes(stream);
    return buffer.slice(byteOffset, byteOffset + byteLength);
  },
  async blob(stream) { return new Blob([await bytes(stream)]); },
  async buffer(stream) { return bytes(stream); },
  text,
  async json(stream) { return JSON.parse(await text(stream)); },
};
