// `message-io` of tedious: the package's own, but the host does the TLS handshake, and an attention overtakes the answer under way.
'use strict';
const MessageIO = require('tedious/lib/message-io');
const { HEADER_LENGTH, Packet, TYPE } = require('tedious/lib/packet');
const { tlsOf } = require('./http-tls.cjs');
const { credentialsOf } = require('./tedious-tls.cjs');

class HostMessageIO extends MessageIO {
  startTls(credentials, hostname, trustServerCertificate) {
    const { socket } = this;
    socket.setMaxSendFragment = () => true;
    return new Promise((resolve) => {
      // A handshake that fails destroys the socket, which the connection hears of.
      socket.once('secure', () => {
        const { name, version } = socket.getCipher();
        this.debug.log(`TLS negotiated (${name}, ${version})`);
        this.securePair = { cleartext: socket };
        this.tlsNegotiationComplete = true;
        this.emit('secure', socket);
        resolve();
      });
      socket._secure(tlsOf({ ...credentialsOf(credentials), servername: hostname, rejectUnauthorized: !trustServerCertificate }), hostname);
    });
  }

  sendMessage(type, data, resetConnection) {
    if (type !== TYPE.ATTENTION) return super.sendMessage(type, data, resetConnection);
    const packet = new Packet(TYPE.ATTENTION);
    packet.packetId(1);
    packet.last(true);
    this.debug.packet('Sent', packet);
    this.debug.data(packet);
    const send = () => this.socket.interrupt(packet.buffer.subarray(0, HEADER_LENGTH));
    // What it cancels goes first.
    const { currentMessage } = this.outgoingMessageStream;
    if (currentMessage) currentMessage.once('end', () => setImmediate(send));
    else setImmediate(send);
    return undefined;
  }
}

module.exports = HostMessageIO;
