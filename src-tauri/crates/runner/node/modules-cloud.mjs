// The part of the table (`modules.mjs`) for clients of cloud services, and for `pg-promise`.
export const cloudModules = [];
