// `instance-lookup` of tedious asks the SQL Server Browser by UDP which port an instance has; a script has no UDP.
'use strict';

async function instanceLookup({ server, instanceName }) {
  throw new Error(`The port of instance ${instanceName} on ${server} cannot be looked up here (UDP): name it in options.port and leave `
    + 'options.instanceName out');
}

module.exports = { instanceLookup };
