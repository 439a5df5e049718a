// `tls` for ldapjs: sockets under TLS from the first byte (`ldaps:`), or over a socket that is there (StartTLS). ldapjs tells the
// two ends of the latter apart, as Node does, so it has an object of its own.
'use strict';
const { Duplex } = require('stream');
const { tls } = require('internal/store-socket').socketsOf('ldap', 'ldapjs', { answersAfterEnd: true });

class SecureSocket extends Duplex {
  #under;

  constructor(under, options) {
    super({ allowHalfOpen: false, emitClose: true });
    this.#under = under;
    under.on('data', (data) => this.push(data));
    under.once('end', () => this.push(null));
    under.once('close', () => this.destroy());
    tls.connect({ ...options, socket: under, refused: (error) => this.destroy(error) });
    under.once('secureConnect', () => {
      this.encrypted = true;
      this.authorized = true;
      this.emit('secureConnect');
      this.emit('secure');
    });
  }

  _read() {}

  _write(chunk, encoding, done) { this.#under.write(chunk, encoding, done); }

  _final(done) {
    this.#under.end();
    done();
  }

  _destroy(error, done) {
    done(error);
    // As in Node, the error is told before the socket below closes.
    process.nextTick(() => this.#under.destroy());
  }

  setTimeout(...values) {
    this.#under.setTimeout(...values);
    return this;
  }

  setKeepAlive() { return this; }
  setNoDelay() { return this; }
  ref() { return this; }
  unref() { return this; }
  address() { return this.#under.address(); }
  getCipher() { return this.#under.getCipher(); }
  getPeerCertificate() { return this.#under.getPeerCertificate(); }
  getProtocol() { return this.#under.getProtocol(); }
  get remoteAddress() { return this.#under.remoteAddress; }
  get remotePort() { return this.#under.remotePort; }
}

const connect = (...list) => {
  const [options, listener] = list;
  if (!options?.socket) return tls.connect(...list);
  const secure = new SecureSocket(options.socket, options);
  if (typeof listener === 'function') secure.once('secureConnect', listener);
  return secure;
};

module.exports = { ...tls, connect };
