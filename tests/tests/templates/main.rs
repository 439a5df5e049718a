//! The templates of `scripts/`: each is sound by the static doctor, and each does what the contract says on a real store, in
//! Sluice and in Node with the real packages.
#![allow(clippy::unwrap_used)] // tests; the lint excuses test functions only, not what they call

mod catalogue;
mod conformance;
mod place;
mod sqlserver;
mod stores;

/// A set's suite, in Sluice and in Node.
macro_rules! conformance {
    ($name:ident, $store:expr) => {
        mod $name {
            use crate::conformance;

            #[tokio::test]
            async fn in_sluice() {
                conformance::conforms($store).await;
            }

            #[tokio::test]
            async fn in_node() {
                conformance::conforms_in_node($store).await;
            }
        }
    };
}

conformance!(postgres, crate::stores::postgres());
conformance!(mysql, crate::stores::mysql());
conformance!(sqlite, crate::stores::sqlite());
conformance!(basic_auth, crate::stores::basic_auth());
conformance!(json_api, crate::stores::json_api("json-api"));
conformance!(json_api_axios, crate::stores::json_api("json-api-axios"));
conformance!(auth0_tenant, crate::stores::auth0_tenant());
conformance!(ldap, crate::stores::ldap().await);
conformance!(sql_server, crate::sqlserver::sqlserver());
conformance!(aspnet_membership_mvc3, crate::sqlserver::mvc3());
conformance!(aspnet_simple_membership_mvc4, crate::sqlserver::mvc4());
conformance!(aspnet_identity, crate::sqlserver::identity());
conformance!(aspnet_identity_2, crate::sqlserver::identity_2());
conformance!(mongodb, crate::stores::mongodb(true));

/// A safe try without transactions holds writes back; in Node nothing differs.
#[tokio::test]
async fn mongodb_without_transactions() {
    conformance::conforms(crate::stores::mongodb(false)).await;
}
