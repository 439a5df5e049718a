//! Values that left a script as errors.

use rquickjs::{Ctx, Exception, Object, Type, Value};
use serde_json::Map;
use wire::WireError;

use crate::{
    stack,
    text::{Text, cut},
    wording,
};

/// Longest message, stack or field that travels.
const MAX_TEXT: usize = 16 << 10;
/// Longest chain of prototypes that is looked through; a proxy can make one without an end.
const MAX_PROTOTYPES: usize = 32;
/// Longest chain of causes that is told.
const MAX_CAUSES: usize = 4;
/// Most further fields of an error that travel.
const MAX_FIELDS: usize = 64;

/// Describes a thrown, rejected or called-back value. Getters that throw count as absent.
pub(crate) fn describe<'js>(ctx: &Ctx<'js>, file: &str, value: &Value<'js>) -> WireError {
    let mut error = WireError {
        class: value.type_name().to_owned(),
        message: String::new(),
        code: None,
        user_id: None,
        fields: Map::new(),
        position: None,
        stack: None,
        cause: None,
    };
    match value.as_object() {
        Some(object) if is_error(ctx, value) || get::<Text>(ctx, object, "message").is_some() => {
            error.message = short(get::<Text>(ctx, object, "message").map(|text| text.0).unwrap_or_default());
            if is_error(ctx, value) {
                error.class = class(ctx, object);
                locate(ctx, file, object, &mut error);
                if error.stack.is_none()
                    && let Some(v8) = wording::without_place(&error.message)
                {
                    error.message = v8.to_owned();
                }
            } else {
                error.class = "object".to_owned();
            }
            own_fields(ctx, object, &mut error);
            error.cause = cause(ctx, object, &error);
        }
        Some(_) => {
            error.class = if value.is_function() { "function" } else { "object" }.to_owned();
            error.message = short(json(ctx, value).unwrap_or_else(|| text(ctx, value)));
        }
        None => {
            error.class = primitive(value).to_owned();
            error.message = short(text(ctx, value));
        }
    }
    ctx.catch();
    error
}

/// What a value is that is neither an error nor like one (contract §3.1: any object with a message counts); none for errors.
pub(crate) fn no_error<'js>(ctx: &Ctx<'js>, value: &Value<'js>) -> Option<&'static str> {
    match value.as_object() {
        Some(object) if is_error(ctx, value) || get::<Text>(ctx, object, "message").is_some() => None,
        Some(_) if value.is_function() => Some("a function"),
        Some(_) => Some("an object without a message"),
        None => Some(match primitive(value) {
            "string" => "a string",
            "number" => "a number",
            "boolean" => "a boolean",
            "symbol" => "a symbol",
            "bigint" => "a bigint",
            "undefined" => "undefined",
            _ => "null",
        }),
    }
}

/// An error of the runner's own making.
pub(crate) fn own(class: &str, code: &str, message: String) -> WireError {
    WireError {
        class: class.to_owned(),
        message,
        code: Some(code.to_owned()),
        user_id: None,
        fields: Map::new(),
        position: None,
        stack: None,
        cause: None,
    }
}

/// What a refused allocation looks like to a script: an `InternalError`, whose message may itself have found no memory,
/// or a bare `null`, or the engine's own mark for a value that was never made.
pub(crate) fn is_out_of_memory<'js>(ctx: &Ctx<'js>, value: &Value<'js>) -> bool {
    let Some(object) = value.as_object() else {
        return matches!(value.type_of(), Type::Null | Type::Uninitialized);
    };
    let message = get::<Text>(ctx, object, "message").map(|text| text.0);
    value.is_error() && matches!(message.as_deref(), None | Some("" | "out of memory" | "Invalid error message"))
}

/// Made by `Error`, or an object that inherits from it, as the errors of older packages do (`jsonwebtoken`).
fn is_error<'js>(ctx: &Ctx<'js>, value: &Value<'js>) -> bool {
    if value.is_error() {
        return true;
    }
    let made = Exception::from_message(ctx.clone(), "").ok().and_then(|error| error.as_object().get_prototype());
    let Some(wanted) = made else { return false };
    let mut place = value.as_object().cloned();
    for _ in 0..MAX_PROTOTYPES {
        place = place.and_then(|object| object.get_prototype());
        if place.as_ref() == Some(&wanted) {
            return true;
        }
    }
    false
}

fn primitive(value: &Value<'_>) -> &'static str {
    match () {
        () if value.is_string() => "string",
        () if value.is_number() => "number",
        () if value.is_bool() => "boolean",
        () if value.is_symbol() => "symbol",
        () if value.is_undefined() => "undefined",
        () if value.is_null() => "object",
        () => "bigint",
    }
}

fn class<'js>(ctx: &Ctx<'js>, error: &Object<'js>) -> String {
    let name = get::<Text>(ctx, error, "name").map(|text| text.0).unwrap_or_default();
    let constructor = get::<Object<'js>>(ctx, error, "constructor");
    let constructed = constructor.and_then(|constructor| get::<Text>(ctx, &constructor, "name")).map(|text| text.0);
    let class = match constructed {
        Some(constructed) if name.is_empty() || name == "Error" => constructed,
        _ => name,
    };
    if class.is_empty() { "Error".to_owned() } else { short(class) }
}

fn locate<'js>(ctx: &Ctx<'js>, file: &str, object: &Object<'js>, error: &mut WireError) {
    let Some(Text(stack)) = get::<Text>(ctx, object, "stack") else { return };
    error.position = stack::position(&stack, file);
    let mut shown = match error.message.as_str() {
        "" => error.class.clone(),
        message => format!("{}: {message}", error.class),
    };
    for frame in stack::frames(&stack, file) {
        shown.push('\n');
        shown.push_str(frame);
    }
    error.stack = Some(short(shown));
}

/// What an error's causes say, each once: packages often say less than what they stumbled over (`fetch failed`).
fn cause<'js>(ctx: &Ctx<'js>, object: &Object<'js>, error: &WireError) -> Option<String> {
    let mut told: Vec<String> = Vec::new();
    let mut next = get::<Value<'js>>(ctx, object, "cause");
    for _ in 0..MAX_CAUSES {
        let Some(value) = next.take().filter(|value| !value.is_undefined() && !value.is_null()) else { break };
        let mut code = None;
        let message = if let Some(cause) = value.as_object() {
            code = get::<Value<'js>>(ctx, cause, "code").filter(|code| code.is_string() || code.is_number());
            next = get(ctx, cause, "cause");
            match get::<Text>(ctx, cause, "message") {
                // Node's aggregate errors have no message of their own.
                Some(Text(own)) if own.is_empty() => first_of_several(ctx, cause).unwrap_or_default(),
                Some(Text(own)) => own,
                None => json(ctx, &value).unwrap_or_default(),
            }
        } else {
            text(ctx, &value)
        };
        let code = code.map(|code| text(ctx, &code)).filter(|code| !message.contains(code.as_str()));
        let is_new_code = code.as_ref().is_some_and(|code| error.code.as_ref() != Some(code));
        let is_told = told.iter().chain([&error.message]).any(|other| other.contains(&message));
        if is_told && !is_new_code {
            continue;
        }
        told.push(match code {
            Some(code) if message.is_empty() => code,
            Some(code) => format!("{message} [{code}]"),
            None => message,
        });
    }
    (!told.is_empty()).then(|| short(told.join("; cause: ")))
}

fn first_of_several<'js>(ctx: &Ctx<'js>, aggregate: &Object<'js>) -> Option<String> {
    let errors = get::<Object<'js>>(ctx, aggregate, "errors")?;
    let first = get::<Object<'js>>(ctx, &errors, "0")?;
    get::<Text>(ctx, &first, "message").map(|text| text.0)
}

fn own_fields<'js>(ctx: &Ctx<'js>, object: &Object<'js>, error: &mut WireError) {
    let user = error.class == "WrongUsernameOrPasswordError";
    let mut room = MAX_TEXT;
    for key in object.keys::<String>().take(MAX_FIELDS) {
        let Ok(key) = key else {
            ctx.catch();
            continue;
        };
        let Ok(value) = object.get::<_, Value<'js>>(&key).inspect_err(|_| drop(ctx.catch())) else { continue };
        match key.as_str() {
            "message" | "name" | "stack" => {}
            "user_id" if user => error.user_id = truthy(ctx, &value),
            "code" if value.is_string() || value.is_number() => error.code = Some(short(text(ctx, &value))),
            _ => {
                let json = ctx.json_stringify(value).inspect_err(|_| drop(ctx.catch())).ok().flatten();
                let json = json.and_then(|json| json.to_string().ok()).filter(|json| json.len() < room);
                if let Some(json) = json
                    && let Ok(parsed) = serde_json::from_str(&json)
                {
                    room -= json.len();
                    error.fields.insert(key, parsed);
                }
            }
        }
    }
}

fn truthy<'js>(ctx: &Ctx<'js>, value: &Value<'js>) -> Option<String> {
    let falsy = value.is_undefined()
        || value.is_null()
        || value.as_bool() == Some(false)
        || value.as_number().is_some_and(|number| number == 0.0 || number.is_nan());
    let text = if falsy { String::new() } else { text(ctx, value) };
    (!text.is_empty()).then(|| short(text))
}

fn get<'js, T: rquickjs::FromJs<'js>>(ctx: &Ctx<'js>, object: &Object<'js>, key: &str) -> Option<T> {
    let value = object.get::<_, Option<T>>(key);
    value.inspect_err(|_| drop(ctx.catch())).ok().flatten()
}

fn json<'js>(ctx: &Ctx<'js>, value: &Value<'js>) -> Option<String> {
    let json = ctx.json_stringify(value.clone()).inspect_err(|_| drop(ctx.catch())).ok().flatten();
    json.and_then(|json| json.to_string().ok())
}

fn text<'js>(ctx: &Ctx<'js>, value: &Value<'js>) -> String {
    if let Some(symbol) = value.as_symbol() {
        let description = symbol.description().ok().and_then(|value| value.get::<Option<Text>>().ok().flatten());
        return format!("Symbol({})", description.map(|text| text.0).unwrap_or_default());
    }
    value.get::<Text>().inspect_err(|_| drop(ctx.catch())).map(|text| text.0).unwrap_or_default()
}

fn short(text: String) -> String {
    if text.len() <= MAX_TEXT { text } else { format!("{} …", cut(&text, MAX_TEXT)) }
}
