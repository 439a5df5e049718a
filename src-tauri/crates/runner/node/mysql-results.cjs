// Result sets as the packets of a server.
'use strict';
const { Writer, binaryRow, column, eof, textRow } = require('./mysql-packets.cjs');

/** Rows are handed over in pieces of about this many bytes. */
const CHUNK = 64 * 1024;

/** What a statement's `?` are described as: the host prepares at the execution, so no more is known. */
const PARAMETER = { name: '?', type_code: 253, size: 0, modifier: 0, charset: 63, flags: 128 };

/** Packets in front of rows, by their list of columns. */
const heads = new WeakMap();

function describe(packet, columns, warnings, status, extended, sequence) {
  for (const each of columns) {
    const place = packet.open();
    column(packet, each, extended);
    sequence = packet.close(place, sequence);
  }
  return end(packet, warnings, status, sequence);
}

function end(packet, warnings, status, sequence) {
  const place = packet.open();
  eof(packet, warnings, status);
  return packet.close(place, sequence);
}

/**
 * What comes before the rows, and the number of the packet after it. The same columns, which come as the same array, are
 * written once, and the same bytes are given again.
 */
function head({ columns, warnings }, status, extended, sequence, encoding) {
  const key = `${sequence} ${warnings} ${status} ${extended} ${encoding}`;
  const known = heads.get(columns);
  if (known?.key === key) return known;
  const packet = new Writer(undefined, encoding);
  const place = packet.open();
  packet.length(columns.length);
  const next = describe(packet, columns, warnings, status, extended, packet.close(place, sequence));
  const written = { key, bytes: packet.end(), next };
  heads.set(columns, written);
  return written;
}

/** Hands over the rows and their end; gives the number of the packet after it. */
function rows(set, status, protocol, sequence, deliver) {
  let packet = new Writer();
  for (const cells of set.rows) {
    const place = packet.open();
    if (protocol === 'prepared') binaryRow(packet, cells, set.columns);
    else textRow(packet, cells);
    sequence = packet.close(place, sequence);
    if (packet.size >= CHUNK) {
      deliver(packet.end());
      packet = new Writer(CHUNK);
    }
  }
  sequence = end(packet, set.warnings, status, sequence);
  deliver(packet.end());
  return sequence;
}

/** The answer to COM_STMT_PREPARE, and the number of the packet after it. */
function prepared(id, placeholders, extended, sequence) {
  const packet = new Writer();
  const place = packet.open();
  packet.byte(0).little(id, 4).little(0, 2).little(placeholders, 2).byte(0).little(0, 2);
  let next = packet.close(place, sequence);
  if (placeholders > 0) next = describe(packet, Array(placeholders).fill(PARAMETER), 0, 2, extended, next);
  return { bytes: packet.end(), next };
}

module.exports = { head, rows, prepared };
