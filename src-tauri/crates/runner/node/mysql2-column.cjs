// mysql2's ColumnDefinition with a memory: the same columns come as the same bytes (mysql-results.cjs), and are read once. Every result
// still has objects of its own.
'use strict';
const Read = require('./node_modules/mysql2/lib/packets/column_definition.js');

const { prototype } = Read;

/** What was read, by buffer and place. */
const known = new WeakMap();

function ColumnDefinition(packet, clientEncoding, extended) {
  const { buffer, offset } = packet;
  let places = known.get(buffer);
  if (places === undefined) known.set(buffer, places = new Map());
  const found = places.get(offset);
  if (found !== undefined && found.clientEncoding === clientEncoding && found.extended === extended) {
    packet.offset = found.end;
    return { __proto__: prototype, ...found.definition };
  }
  const definition = new Read(packet, clientEncoding, extended);
  places.set(offset, { definition: { ...definition }, clientEncoding, extended, end: packet.offset });
  return definition;
}

ColumnDefinition.prototype = prototype;
ColumnDefinition.toPacket = Read.toPacket;

module.exports = ColumnDefinition;
