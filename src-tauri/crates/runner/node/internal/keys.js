// Keys as objects. Inside, an asymmetric key is its DER: PKCS#8 when private, SPKI when public.
'use strict';
const { nodeError, invalidArgType, invalidArgValue } = require('internal/errors');
const { buffer, bytesOf, openssl } = require('internal/crypto-bytes');
const { exported } = require('internal/key-export');
const { Buffer } = require('buffer');
const { native } = host;

const BYTES = ['ArrayBuffer', 'Buffer', 'TypedArray', 'DataView'];
const isBytes = (value) => ArrayBuffer.isView(value) || value instanceof ArrayBuffer;
const unsupported = () => openssl('ERR_OSSL_UNSUPPORTED', 'DECODER routines', 'unsupported', '1E08010C');
const wrongType = (type, expected) => nodeError(TypeError, 'ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE', `Invalid key object type ${type}, expected ${expected}.`);
const passphrases = () => require('internal/crypto-passphrase');

const own = Symbol('own');
class KeyObject {
  #type;
  #content;
  constructor(type, content, token) {
    if (token !== own) throw invalidArgValue('type', type);
    this.#type = type;
    this.#content = content;
  }
  static from(key) {
    const object = keyOf(key);
    if (object === undefined) throw invalidArgType('key', 'CryptoKey', key);
    return object;
  }
  get type() { return this.#type; }
  equals(other) {
    if (!(other instanceof KeyObject)) throw invalidArgType('otherKeyObject', 'KeyObject', other);
    return other.#type === this.#type && buffer(this.#content).equals(other.#content);
  }
  get [Symbol.toStringTag]() { return 'KeyObject'; }
  static content(key) { return key.#content; }
}
const contentOf = KeyObject.content;
delete KeyObject.content;

class SecretKeyObject extends KeyObject {
  get symmetricKeySize() { return contentOf(this).length; }
  export(options) {
    if (options !== undefined) {
      if (options === null || typeof options !== 'object') throw invalidArgType('options', 'object', options);
      if (options.format === 'jwk') return { kty: 'oct', k: buffer(contentOf(this)).toString('base64url') };
      if (options.format !== undefined && options.format !== 'buffer') throw invalidArgValue('options.format', options.format, "must be one of: undefined, 'buffer', 'jwk'");
    }
    return Buffer.from(contentOf(this));
  }
}

class AsymmetricKeyObject extends KeyObject {
  #details;
  get #known() {
    this.#details ??= native.keyDetails(publicOf(this));
    return this.#details;
  }
  get asymmetricKeyType() { return native.keyKind(contentOf(this), this.type === 'private'); }
  get asymmetricKeyDetails() {
    const { kind, modulusLength, publicExponent, namedCurve } = this.#known;
    if (kind === 'rsa') return { modulusLength, publicExponent: BigInt(publicExponent) };
    return kind === 'ec' ? { namedCurve } : {};
  }
  export(options) { return exported(contentOf(this), this.type === 'private', this.asymmetricKeyType, options); }
}
class PublicKeyObject extends AsymmetricKeyObject {}
class PrivateKeyObject extends AsymmetricKeyObject {}

const publicOf = (key) => (key.type === 'private' ? native.publicOf(contentOf(key)) : contentOf(key));

// What a key is wanted for: which kinds of key serve, and what Node calls them when they do not.
const WANTED = {
  createPrivate: { isPrivate: true },
  createPublic: { isPrivate: false, objects: 'private' },
  sign: { isPrivate: true, objects: 'private' },
  verify: { isPrivate: false, objects: 'any' },
};

const PRIVATE_LABELS = { 'PRIVATE KEY': 'pkcs8', 'RSA PRIVATE KEY': 'pkcs1', 'EC PRIVATE KEY': 'sec1' };
const PUBLIC_LABELS = { 'PUBLIC KEY': 'spki', 'RSA PUBLIC KEY': 'pkcs1', CERTIFICATE: 'certificate' };

/** The key inside a CryptoKey; nothing for any other value. */
function keyOf(value) {
  // Only the class's own module makes objects with this tag that it knows.
  if (Object.prototype.toString.call(value) !== '[object CryptoKey]') return undefined;
  return require('internal/crypto-web-key').keyObjectOf(value);
}

/** The DER in a PEM text by its label's form, the first block that has one of `labels`. */
function block(text, labels, passphrase) {
  for (const [, label, body] of text.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----([^-]*(?:-(?!----)[^-]*)*)-----END \1-----/g)) {
    if (label === 'ENCRYPTED PRIVATE KEY' && labels === PRIVATE_LABELS) {
      return { der: passphrases().unprotect(Buffer.from(body, 'base64'), passphrase), form: 'pkcs8' };
    }
    if (Object.hasOwn(labels, label) && body.includes('ENCRYPTED')) {
      return { der: passphrases().unprotectOld(body, passphrase), form: labels[label] };
    }
    if (Object.hasOwn(labels, label)) return { der: Buffer.from(body, 'base64'), form: labels[label] };
  }
  return undefined;
}

function fromPem(bytes, isPrivate, passphrase) {
  const text = buffer(bytes).toString('latin1');
  const found = isPrivate ? undefined : block(text, PUBLIC_LABELS);
  if (found) return native.publicKey(found.der, found.form);
  const secret = block(text, PRIVATE_LABELS, passphrase);
  const pkcs8 = secret && native.privateKey(secret.der, secret.form);
  return isPrivate ? pkcs8 : pkcs8 && native.publicOf(pkcs8);
}

function fromDer(bytes, type, isPrivate, passphrase) {
  if (isPrivate) {
    const plain = native.privateKey(bytes, type);
    if (plain !== undefined || type !== 'pkcs8' || passphrase === undefined) return plain;
    return native.privateKey(passphrases().unprotect(bytes, passphrase), type);
  }
  const found = type === 'pkcs8' || type === 'sec1' ? undefined : native.publicKey(bytes, type);
  if (found) return found;
  const pkcs8 = native.privateKey(bytes, type);
  return pkcs8 && native.publicOf(pkcs8);
}

function checkForm({ format, type }, isPrivate) {
  if (format !== undefined && format !== 'pem' && format !== 'der') throw invalidArgValue('options.format', format);
  const forms = isPrivate ? ['pkcs1', 'pkcs8', 'sec1'] : ['pkcs1', 'spki', 'pkcs8', 'sec1'];
  if ((type !== undefined || format === 'der') && !forms.includes(type)) throw invalidArgValue('options.type', type);
}

function checkMembers(jwk, names) {
  for (const name of names) if (typeof jwk[name] !== 'string') throw invalidArgType(`key.${name}`, 'string', jwk[name]);
}
function checkOneOf(value, name, allowed) {
  if (!allowed.includes(value)) throw invalidArgValue(name, value, `must be one of: ${allowed.map((one) => `'${one}'`).join(', ')}`);
}

function fromJwk(jwk, isPrivate) {
  if (jwk === null || typeof jwk !== 'object' || Array.isArray(jwk)) throw invalidArgType('key.key', 'object', jwk);
  checkOneOf(jwk.kty, 'key.kty', ['RSA', 'EC', 'OKP']);
  let complaint = 'Invalid JWK RSA key';
  if (jwk.kty === 'RSA') {
    checkMembers(jwk, isPrivate ? ['n', 'e', 'd', 'p', 'q', 'dp', 'dq', 'qi'] : ['n', 'e']);
  } else if (jwk.kty === 'EC') {
    checkOneOf(jwk.crv, 'key.crv', ['P-256', 'secp256k1', 'P-384', 'P-521']);
    checkMembers(jwk, isPrivate ? ['x', 'y', 'd'] : ['x', 'y']);
    complaint = 'Invalid JWK EC key';
  } else {
    checkMembers(jwk, ['crv']);
    checkOneOf(jwk.crv, 'key.crv', ['Ed25519', 'Ed448', 'X25519', 'X448']);
    checkMembers(jwk, isPrivate ? ['x', 'd'] : ['x']);
    complaint = 'Invalid JWK data';
  }
  if (jwk.crv !== undefined && ['Ed448', 'X448'].includes(jwk.crv)) {
    throw nodeError(Error, 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM', `Keys of ${jwk.crv} are not available in Sluice; those of P-256, P-384, P-521, secp256k1, Ed25519 and X25519 are`);
  }
  const der = native.keyFromJwk(jwk, isPrivate);
  if (der === undefined) throw nodeError(TypeError, 'ERR_CRYPTO_INVALID_JWK', complaint);
  return der;
}

/** The DER of a key given in any of Node's ways. */
function derOf(key, wanted) {
  const { isPrivate, objects } = WANTED[wanted];
  const kinds = ['string', ...BYTES, ...(wanted === 'createPrivate' ? [] : ['KeyObject', 'CryptoKey'])];
  const fromObject = (object) => {
    if (objects === undefined) throw invalidArgType('key', kinds, object);
    if (objects === 'private' && object.type !== 'private') throw wrongType(object.type, 'private');
    if (object.type === 'secret') throw wrongType('secret', 'private or public');
    return isPrivate ? contentOf(object) : publicOf(object);
  };
  if (key instanceof KeyObject) return fromObject(key);
  if (keyOf(key)) return fromObject(keyOf(key));
  if (typeof key === 'string' || isBytes(key)) return fromPem(bytesOf(key, 'key'), isPrivate) ?? refuse();
  if (key === null || typeof key !== 'object') throw invalidArgType('key', kinds, key);
  const { key: data, format, encoding, type, passphrase } = key;
  if (data instanceof KeyObject) return fromObject(data);
  if (keyOf(data)) return fromObject(keyOf(data));
  if (format === 'jwk') return fromJwk(data, isPrivate);
  if (typeof data !== 'string' && !isBytes(data)) throw invalidArgType('key.key', kinds, data);
  checkForm(key, isPrivate);
  if (passphrase !== undefined && typeof passphrase !== 'string' && !isBytes(passphrase)) throw invalidArgValue('options.passphrase', passphrase);
  const secret = passphrase === undefined ? undefined : bytesOf(passphrase, 'key.passphrase', undefined, encoding);
  const bytes = bytesOf(data, 'key', undefined, encoding);
  return (format === 'der' ? fromDer(bytes, type, isPrivate, secret) : fromPem(bytes, isPrivate, secret)) ?? refuse();
}
function refuse() { throw unsupported(); }

function createSecretKey(key, encoding) {
  const bytes = typeof key === 'string' ? bytesOf(key, 'key', undefined, encoding) : bytesOf(key, 'key', BYTES);
  return new SecretKeyObject('secret', bytes.slice(), own);
}

module.exports = {
  KeyObject,
  contentOf,
  derOf,
  keyOf,
  secretOf: (bytes) => new SecretKeyObject('secret', bytes, own),
  privateOf: (pkcs8) => new PrivateKeyObject('private', pkcs8, own),
  publicOf: (key) => (key instanceof KeyObject ? new PublicKeyObject('public', publicOf(key), own) : new PublicKeyObject('public', key, own)),
  createSecretKey,
  createPrivateKey: (key) => new PrivateKeyObject('private', derOf(key, 'createPrivate'), own),
  createPublicKey: (key) => new PublicKeyObject('public', derOf(key, 'createPublic'), own),
};
