// Reading statements of `mysql2` without the detour over packets: the host's rows go straight to the package's own row parser, which
// finds a row's cells where it expects a packet. What cannot go this way (streams of rows, type casts by the script, errors, results
// without rows) goes as packets, through the package's own states.
'use strict';
const results = require('./mysql-results.cjs');
const { Writer, textRow } = require('./mysql-packets.cjs');
const ColumnDefinition = require('./mysql2-column.cjs');
const Packet = require('./node_modules/mysql2/lib/packets/packet.js');
const getTextParser = require('./node_modules/mysql2/lib/parsers/text_parser.js');
const staticParser = require('./node_modules/mysql2/lib/parsers/static_text_parser.js');

/** The text of an integer column up to this length is the same number by whatever way it is read. */
const SAFE_LENGTH = 14;
const isSmall = (cell) => typeof cell === 'string' && cell.length <= SAFE_LENGTH;
/** Encodings in which a text cell, which is UTF-8, stays as it is; `ascii` is only asked for numbers and times. */
const asItIs = (encoding) => encoding === 'utf8' || encoding === 'ascii';

/** A row's cells, read one after the other by the names of Packet. */
class Cells {
  of(cells) {
    this.cells = cells;
    this.at = 0;
    return this;
  }

  /** The next cell as a packet of its own. */
  packet() {
    const writer = new Writer();
    const place = writer.open();
    textRow(writer, [this.cells[this.at++]]);
    writer.close(place, 0);
    const bytes = writer.end();
    return new Packet(0, bytes, 0, bytes.length);
  }

  readLengthCodedString(encoding) {
    const cell = this.cells[this.at];
    if ((typeof cell === 'string' && asItIs(encoding)) || cell === null) {
      this.at += 1;
      return cell;
    }
    return this.packet().readLengthCodedString(encoding);
  }

  parseLengthCodedIntNoBigCheck() {
    const cell = this.cells[this.at];
    if (!isSmall(cell)) return this.packet().parseLengthCodedIntNoBigCheck();
    this.at += 1;
    return +cell;
  }

  parseLengthCodedInt(supportBigNumbers) {
    const cell = this.cells[this.at];
    if (!isSmall(cell)) return this.packet().parseLengthCodedInt(supportBigNumbers);
    this.at += 1;
    return +cell;
  }
}

for (const name of ['parseLengthCodedIntString', 'parseLengthCodedFloat', 'readLengthCodedNumber', 'readLengthCodedBuffer',
  'parseDate', 'parseDateTime', 'parseGeometryValue', 'parseVector', 'parseJson']) {
  Cells.prototype[name] = function (...given) { return this.packet()[name](...given); };
}

const cells = new Cells();

/** What comes in place of a packet: all result sets of a reply. */
class Reply {
  constructor(sequenceId, sets) {
    this.sequenceId = sequenceId;
    this.sets = sets;
    this.numPackets = 1;
  }

  isError() { return false; }
  clone() { return this; }
}

/** How long the packet is whose header is there, in bytes. */
const lengthAt = (bytes, place) => bytes[place] | (bytes[place + 1] << 8) | (bytes[place + 2] << 16);

function describe(set, encoding, extended) {
  const { bytes } = results.head(set, 0, extended, 1);
  const packet = new Packet(0, bytes, 0, bytes.length);
  const fields = [];
  for (let at = 0, place = 0; at < set.columns.length; at += 1) {
    place += 4 + lengthAt(bytes, place); // the number of columns, or the column before
    packet.offset = place + 4;
    fields.push(new ColumnDefinition(packet, encoding, extended));
  }
  return fields;
}

const copy = (field) => ({ __proto__: ColumnDefinition.prototype, ...field });

/** What a row parser depends on beside the columns. */
const PARSER_OPTIONS = ['typeCast', 'rowsAsArray', 'nestTables', 'supportBigNumbers', 'bigNumberStrings', 'timezone', 'dateStrings',
  'decimalNumbers', 'jsonStrings', 'disableEval'];

/**
 * The package's descriptions of columns and its row parser, by the list of columns, which is the same array for the same columns, and
 * by the connection's configuration.
 */
const known = new WeakMap();

function isFor(options, known) {
  for (let at = 0; at < PARSER_OPTIONS.length; at += 1) if (options[PARSER_OPTIONS[at]] !== known[at]) return false;
  return true;
}

function readerOf(set, options, { config, clientEncoding, _mariadbExtendedMetadata: extended }) {
  let readers = known.get(set.columns);
  if (readers === undefined) known.set(set.columns, readers = new WeakMap());
  const found = readers.get(config);
  if (found !== undefined && found.extended === extended && isFor(options, found.options)) return found;
  const fields = describe(set, clientEncoding, extended);
  const parser = options.disableEval ? staticParser(fields, options, config) : new (getTextParser(fields, options, config))(fields);
  const reader = { extended, options: PARSER_OPTIONS.map((name) => options[name]), fields, parser };
  readers.set(config, reader);
  return reader;
}

/** A set's rows by the package's row parser, and descriptions of its columns, which are every result's own. */
function readSet(set, options, connection) {
  const { fields, parser } = readerOf(set, options, connection);
  const rows = [];
  for (let at = 0; at < set.rows.length; at += 1) rows.push(parser.next(cells.of(set.rows[at]), fields, options));
  return [rows, fields.map(copy)];
}

/** For the package's Query: `prototype` is changed in place. */
function overPackets({ prototype }) {
  const { start, resultsetHeader } = prototype;

  prototype.start = function startDirect(packet, connection) {
    const { config, stream } = connection;
    const given = this._queryOptions;
    const options = { __proto__: config, ...given };
    if (!this.onResult || stream.direct !== true || connection.clientEncoding !== 'utf8' || config.debug
      || typeof options.typeCast === 'function' || given.attributes !== undefined) {
      return start.call(this, packet, connection);
    }
    this._connection = connection;
    this.options = options;
    if (this.timeout) this._setTimeout();
    connection.sequenceId = 1;
    stream.ask(this.sql, (sets) => connection.handlePacket(new Reply(connection.sequenceId, sets)));
    return prototype.resultsetHeader;
  };

  prototype.resultsetHeader = function resultsetHeaderOrReply(packet, connection) {
    const { sets } = packet;
    if (sets === undefined) return resultsetHeader.call(this, packet, connection);
    for (let index = 0; index < sets.length; index += 1) {
      this._resultIndex = index;
      const [rows, fields] = readSet(sets[index], this.options, connection);
      this._rows.push(rows);
      this._fields.push(fields);
      this.emit('fields', fields);
    }
    return this.done();
  };
}

module.exports = { Reply, overPackets, readSet };
