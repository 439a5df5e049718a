// `@azure/identity` and `@azure/core-auth` for tedious: tokens that a script got by itself work, the ways to get one are not here.
'use strict';

const absent = (type) => class {
  constructor() {
    const error = new Error(`Logging in with authentication type ${type} is not available here: get a token by HTTP and give it with type `
      + "'azure-active-directory-access-token', or use type 'default' with user and password");
    error.code = 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM';
    throw error;
  }
};

module.exports = {
  UsernamePasswordCredential: absent("'azure-active-directory-password'"),
  ManagedIdentityCredential: absent("'azure-active-directory-msi-vm' or 'azure-active-directory-msi-app-service'"),
  DefaultAzureCredential: absent("'azure-active-directory-default'"),
  ClientSecretCredential: absent("'azure-active-directory-service-principal-secret'"),
  isTokenCredential: (value) => typeof value?.getToken === 'function',
};
