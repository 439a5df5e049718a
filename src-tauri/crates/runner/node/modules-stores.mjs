// The part of the table (`modules.mjs`) for SQL Server, MongoDB and LDAP: the real packages over sockets of their own protocol.
export const storeModules = [
  { name: 'internal/store-socket', entry: './internal/store-socket.js', internal: true },
];
