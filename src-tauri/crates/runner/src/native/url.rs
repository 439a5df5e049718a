//! The WHATWG URL's parser, setters and getters (Node uses the same standard).

use rquickjs::{Ctx, Function, Object, Result};
use url::{Url, quirks};

pub(super) fn register(native: &Object<'_>) -> Result<()> {
    let ctx = native.ctx().clone();
    native.set("urlParse", Function::new(ctx.clone(), parse)?)?;
    native.set("urlSet", Function::new(ctx.clone(), set)?)?;
    native.set("domainToASCII", Function::new(ctx.clone(), |domain: String| quirks::domain_to_ascii(&domain))?)?;
    native.set("domainToUnicode", Function::new(ctx, |domain: String| quirks::domain_to_unicode(&domain))?)
}

/// The pieces of `input` read against `base`; nothing when it is no URL.
fn parse<'js>(ctx: Ctx<'js>, input: String, base: Option<String>) -> Result<Option<Object<'js>>> {
    let base = match base.map(|base| Url::parse(&base)) {
        Some(Ok(base)) => Some(base),
        Some(Err(_)) => return Ok(None),
        None => None,
    };
    Url::options().base_url(base.as_ref()).parse(&input).ok().map(|url| pieces(&ctx, &url)).transpose()
}

/// The pieces of `href` after setting `field`, unchanged where the standard ignores the value; nothing when it is no URL.
fn set<'js>(ctx: Ctx<'js>, href: String, field: String, value: String) -> Result<Option<Object<'js>>> {
    let Ok(mut url) = Url::parse(&href) else { return Ok(None) };
    // The standard's setters ignore what they cannot use, except `href`, which the shim parses anew.
    let _ignored = match field.as_str() {
        "protocol" => quirks::set_protocol(&mut url, &value),
        "username" => quirks::set_username(&mut url, &value),
        "password" => quirks::set_password(&mut url, &value),
        "host" => quirks::set_host(&mut url, &value),
        "hostname" => quirks::set_hostname(&mut url, &value),
        "port" => quirks::set_port(&mut url, &value),
        "pathname" => {
            quirks::set_pathname(&mut url, &value);
            Ok(())
        }
        "search" => {
            quirks::set_search(&mut url, &value);
            Ok(())
        }
        _ => {
            quirks::set_hash(&mut url, &value);
            Ok(())
        }
    };
    pieces(&ctx, &url).map(Some)
}

fn pieces<'js>(ctx: &Ctx<'js>, url: &Url) -> Result<Object<'js>> {
    let object = Object::new(ctx.clone())?;
    object.set("href", quirks::href(url))?;
    object.set("origin", quirks::origin(url))?;
    object.set("protocol", quirks::protocol(url))?;
    object.set("username", quirks::username(url))?;
    object.set("password", quirks::password(url))?;
    object.set("host", quirks::host(url))?;
    object.set("hostname", quirks::hostname(url))?;
    object.set("port", quirks::port(url))?;
    object.set("pathname", quirks::pathname(url))?;
    object.set("search", quirks::search(url))?;
    object.set("hash", quirks::hash(url))?;
    Ok(object)
}
