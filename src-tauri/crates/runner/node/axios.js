// npm `axios` as its CommonJS file exports it.
'use strict';
const { default: axios } = require('axios/lib');

axios.default = axios;
module.exports = axios;
