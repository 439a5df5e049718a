// `pg.native` is null where `pg-native` is not installed; it is not.
'use strict';
throw Object.assign(new Error("Cannot find module 'pg-native'"), { code: 'MODULE_NOT_FOUND' });
