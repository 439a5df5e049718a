// diagnostics_channel: named channels between parts of a script. No module of the surface publishes on one.
'use strict';
const { checkFunction, invalidArgType } = require('internal/errors');

const channels = new Map();

class Channel {
  constructor(name) {
    this._subscribers = undefined;
    this._stores = undefined;
    this.name = name;
  }

  get hasSubscribers() { return this._subscribers !== undefined; }

  subscribe(subscription) {
    checkFunction(subscription, 'subscription');
    this._subscribers = [...this._subscribers ?? [], subscription];
  }

  unsubscribe(subscription) {
    const at = this._subscribers?.indexOf(subscription) ?? -1;
    if (at < 0) return false;
    const left = this._subscribers.toSpliced(at, 1);
    this._subscribers = left.length > 0 ? left : undefined;
    return true;
  }

  publish(message) {
    for (const subscription of this._subscribers ?? []) {
      try {
        subscription(message, this.name);
      } catch (error) {
        // The publisher does not see it, and it is not lost.
        process.nextTick(() => { throw error; });
      }
    }
  }
}

function channel(name) {
  if (typeof name !== 'string' && typeof name !== 'symbol') throw invalidArgType('channel', ['string', 'symbol'], name);
  if (!channels.has(name)) channels.set(name, new Channel(name));
  return channels.get(name);
}

module.exports = {
  channel,
  hasSubscribers: (name) => channels.get(name)?.hasSubscribers ?? false,
  subscribe(name, subscription) { channel(name).subscribe(subscription); },
  unsubscribe: (name, subscription) => channel(name).unsubscribe(subscription),
  Channel,
};
