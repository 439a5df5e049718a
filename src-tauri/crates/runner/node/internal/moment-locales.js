// moment's locales; each runs when it is first asked for.
'use strict';
module.exports = (name) => require('../node_modules/moment/locale/' + name + '.js');
