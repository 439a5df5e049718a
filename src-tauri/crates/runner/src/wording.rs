//! The engine's own error messages as V8 words them.
//!
//! V8 shows the expression that failed; the engine tells of a place, from which `expression` finds it. Where more than one
//! expression may be meant, or V8 shows a value that the engine does not tell, the engine's words stay.

use crate::{
    builtins, destructuring,
    expression::{called, content, shown},
    keys,
    operations::{Operation, operations},
    patterns::{literal_list, pattern},
    sources::Source,
    tokens::{Kind, Tokens},
};

/// What the engine tells of an error.
pub(crate) struct Told<'a> {
    /// Its class, e.g. `TypeError`.
    pub(crate) class: &'a str,
    /// The engine's message.
    pub(crate) message: &'a str,
    /// The name of the built-in function that it comes from, if it comes from one.
    pub(crate) native: Option<&'a str>,
    /// The name of the function that ran, or that called the built-in one.
    pub(crate) function: &'a str,
    /// Where that function was, if its text is known.
    pub(crate) place: Option<(&'a Source, u32)>,
    /// Where the function was that called that one, if one of a known text did.
    pub(crate) caller: Option<(&'a Source, u32)>,
    /// Whether a path of names leads from the global object to a function.
    pub(crate) is_global: &'a dyn Fn(&[&str]) -> bool,
}

/// Messages that say the same in both engines' words, whatever they are about. The class or the built-in function narrows a
/// message that the engine uses more than once.
const SAME: &[(&str, &str, &str)] = &[
    ("empty array", "", "Reduce of empty array with no initial value"),
    ("invalid array length", "", "Invalid array length"),
    ("invalid string length", "", "Invalid string length"),
    ("BigInt division by zero", "", "Division by zero"),
    ("bigint argument with unary +", "", "Cannot convert a BigInt value to a number"),
    ("BigInt operands are forbidden for >>>", "", "BigInts have no unsigned right shift, use >> instead"),
    ("BigInt are forbidden in JSON.stringify", "", "Do not know how to serialize a BigInt"),
    ("not a function", "toString", "Function.prototype.toString requires that 'this' be a Function"),
    ("BigInt negative exponent", "", "Exponent must be non-negative"),
    ("BigInt is too large to allocate", "", "Maximum BigInt size exceeded"),
    ("cannot convert symbol to string", "", "Cannot convert a Symbol value to a string"),
    ("cannot convert symbol to number", "", "Cannot convert a Symbol value to a number"),
    ("toPrimitive", "", "Cannot convert object to primitive value"),
    (
        "this is not initialized",
        "",
        "Must call super constructor in derived class before accessing 'this' or returning from derived constructor",
    ),
    ("invalid 'instanceof' right operand", "", "Right-hand side of 'instanceof' is not callable"),
    ("circular prototype chain", "", "Cyclic __proto__ value"),
    ("promise self resolution", "", "Chaining cycle detected for promise #<Promise>"),
    ("cannot invoke a running generator", "", "Generator is already running"),
    ("iterator does not have a throw method", "", "The iterator does not provide a 'throw' method"),
    ("Date value is NaN", "toISOString", "Invalid time value"),
    ("not a Date object", "", "this is not a Date object."),
    ("invalid number of digits", "toFixed", "toFixed() digits argument must be between 0 and 100"),
    ("invalid number of digits", "toExponential", "toExponential() argument must be between 0 and 100"),
    ("invalid number of digits", "toPrecision", "toPrecision() argument must be between 1 and 100"),
    ("bad normalization form", "normalize", "The normalization form should be one of NFC, NFD, NFKC, NFKD."),
    ("invalid array buffer length", "ArrayBuffer", "Array buffer allocation failed"),
    ("invalid value used as WeakMap key", "", "Invalid value used as weak map key"),
    ("invalid value used as WeakSet key", "", "Invalid value used in weak set"),
    ("invalid target", "WeakRef", "WeakRef: invalid target"),
    ("not an object", "Proxy", "Cannot create proxy with a non-object as target or handler"),
    ("not an object", "setPrototypeOf", "Object.setPrototypeOf called on null or undefined"),
    ("not an object", "defineProperty", "Object.defineProperty called on non-object"),
    ("not an object", "ownKeys", "Reflect.ownKeys called on non-object"),
    ("not an object", "apply", "CreateListFromArrayLike called on non-object"),
    ("not a function", "sort", "The comparison function must be either a function or undefined"),
    ("not a function", "toSorted", "The comparison function must be either a function or undefined"),
    ("not a function", "flatMap", "flatMap mapper function is not callable"),
    ("not a function", "bind", "Bind must be called on a function"),
    ("must be called with new", "Promise", "Promise constructor cannot be invoked without 'new'"),
    ("regexp must have the 'g' flag", "replaceAll", "replaceAll must be called with a global RegExp"),
    ("regexp must have the 'g' flag", "matchAll", "String.prototype.matchAll called with a non-global RegExp argument"),
];

/// Whether a message may be one of the engine's that V8 words differently; quick, as each error is asked.
pub(crate) fn is_engines(message: &str) -> bool {
    message.starts_with(|first: char| !first.is_ascii_uppercase())
        || message.starts_with("BigInt ")
        || message.starts_with("Date value")
        || message.starts_with("Cannot convert undefined or null")
        || message.ends_with(" is not initialized")
        || message.ends_with(" object expected")
}

/// The message in V8's words; none where the engine's stay.
pub(crate) fn as_v8(told: &Told<'_>) -> Option<String> {
    let message = told.message;
    // These look for themselves at which call it was.
    if !matches!(message, "not a function" | "not a constructor") && is_scripts(told) {
        return None;
    }
    if let Some(property) = property(told) {
        return property;
    }
    let same = |(engine, native, v8): &&(&str, &str, &str)| {
        *engine == message && (native.is_empty() || told.native == Some(native)) && *v8 != message
    };
    if let Some((_, _, v8)) = SAME.iter().find(same) {
        return Some((*v8).to_owned());
    }
    if let Some(native) = told.native {
        return builtins::as_v8(told, native);
    }
    match message {
        "not a function" | "not a constructor" => not_callable(told),
        "value is not iterable" => not_iterable(told, None),
        "Cannot convert undefined or null to object" => destructuring::as_v8(told),
        "class constructors must be invoked with 'new'" => Some(match told.function {
            "" => "Class constructors cannot be invoked without 'new'".to_owned(),
            name => format!("Class constructor {name} cannot be invoked without 'new'"),
        }),
        "cannot convert BigInt to number" => {
            Some("Cannot mix BigInt and other types, use explicit conversions".to_owned())
        }
        "could not delete property" => {
            keys::deleted(told).map(|(name, owner)| format!("Cannot delete property '{name}' of {owner}"))
        }
        "object is not extensible" => {
            keys::assigned(told).map(|(name, _)| format!("Cannot add property {name}, object is not extensible"))
        }
        "invalid 'in' operand" => {
            let key = keys::sought(told).unwrap_or_else(|| "a key".to_owned());
            Some(format!("Cannot use 'in' operator to search for {key} in a value that is no object"))
        }
        // In strict code, and of a text, a number or the like; the engine does not tell which.
        "not an object" => keys::assigned(told)
            .map(|(name, _)| format!("Cannot create property '{name}' on a value that is no object")),
        "no setter for property" => keys::assigned(told)
            .map(|(name, _)| format!("Cannot set property {name} of #<Object> which has only a getter")),
        // A script sees that as a frozen object.
        "proxy: cannot set property" => keys::assigned(told).map(|(name, owner)| match &*owner {
            "configuration" => format!("Cannot assign to read only property '{name}' of object '#<Object>'"),
            _ => format!("'set' on proxy: trap returned falsish for property '{name}'"),
        }),
        _ => by_name(told),
    }
}

/// The engine's message of an error that no code made, so that nothing but the message is told, in V8's words.
pub(crate) fn without_place(message: &str) -> Option<&'static str> {
    let same = |(engine, native, _): &&(&str, &str, &str)| *engine == message && native.is_empty();
    SAME.iter().find(same).map(|(_, _, v8)| *v8)
}

/// Whether the error's maker is a script's own `new TypeError('…')` or the like.
fn is_scripts(told: &Told<'_>) -> bool {
    let Some((source, at)) = told.place.filter(|_| told.native.is_none()) else { return false };
    let tokens = source.tokens();
    operations(&tokens, at).into_iter().any(|operation| match operation {
        Operation::Call { start, open, .. } => tokens.at(start) == told.class || says(told, &tokens, open),
        _ => false,
    })
}

/// Whether the call with this bracket is given the message itself.
fn says(told: &Told<'_>, tokens: &Tokens<'_>, open: usize) -> bool {
    tokens.kind(open + 1) == Some(Kind::String) && content(tokens.at(open + 1)) == told.message
}

/// Reads and writes of a property of nothing.
fn property(told: &Told<'_>) -> Option<Option<String>> {
    let message = told.message;
    let (doing, ing, rest) = match message.strip_prefix("cannot read property '") {
        Some(rest) => ("read", "reading", rest),
        None => ("set", "setting", message.strip_prefix("cannot set property '")?),
    };
    let (name, of) = rest.rsplit_once("' of ")?;
    if !matches!(of, "undefined" | "null") {
        return None;
    }
    if name == "Symbol.iterator" && doing == "read" {
        return Some(not_iterable(told, Some(of)));
    }
    let name = keys::name(told, name);
    Some(Some(format!("Cannot {doing} properties of {of} ({ing} '{name}')")))
}

/// Messages that hold a name.
fn by_name(told: &Told<'_>) -> Option<String> {
    let message = told.message;
    if let Some(name) = message.strip_suffix(" is not initialized") {
        return Some(format!("Cannot access '{name}' before initialization"));
    }
    if let Some(name) =
        message.strip_prefix("private class field '").and_then(|rest| rest.strip_suffix("' does not exist"))
    {
        return Some(format!("Cannot read private member {name} from an object whose class did not declare it"));
    }
    let name = message.strip_prefix('\'')?.strip_suffix("' is read-only")?;
    let property = match told.place {
        // A frozen object's, an array's or a function's: the engine tells no more of it.
        Some((source, at)) => {
            let tokens = source.tokens();
            keys::assignment(&tokens, at, Some(name)).is_some_and(|index| match tokens.at(index) {
                // `[c] = …` takes apart.
                "]" => tokens.partner(index).checked_sub(1).is_some_and(|owner| tokens.ends_value(owner)),
                _ => matches!(tokens.before(index), "." | "?."),
            })
        }
        None => false,
    };
    if !property && !matches!(name, "undefined" | "NaN" | "Infinity") {
        return Some("Assignment to constant variable.".to_owned());
    }
    let of = keys::owner(name);
    let name = keys::name(told, name);
    Some(format!("Cannot assign to read only property '{name}' of object '{of}'"))
}

fn not_callable(told: &Told<'_>) -> Option<String> {
    let (source, at) = told.place?;
    let tokens = source.tokens();
    let constructor = told.message == "not a constructor";
    let calls = operations(&tokens, at).into_iter().filter_map(|operation| match operation {
        Operation::Call { start, open, new } if new || !constructor => Some((start, open, new)),
        _ => None,
    });
    let mut calls: Vec<_> = calls.collect();
    if calls.iter().any(|(_, open, _)| says(told, &tokens, *open)) {
        return None;
    }
    let own_error = |start: usize| tokens.at(start) == told.class;
    let works = |start: usize, open: usize| {
        (start + 1 == open && source.is_function(tokens.at(start)))
            || (!source.declares(tokens.at(start)) && is_global(told, &tokens, start, open))
    };
    if calls.len() > 1 || own_error(calls.first()?.0) {
        calls.retain(|(start, open, new)| !works(*start, *open) || (*new && constructor && !own_error(*start)));
    }
    let [(start, open, new)] = calls[..] else { return None };
    let kind = if new { "constructor" } else { "function" };
    Some(format!("{} is not a {kind}", shown(&tokens, start, open)))
}

fn is_global(told: &Told<'_>, tokens: &Tokens<'_>, start: usize, end: usize) -> bool {
    let path: Vec<_> = (start..end).step_by(2).map(|name| tokens.at(name)).collect();
    let plain = (start..end).all(|at| {
        if (at - start).is_multiple_of(2) { tokens.kind(at) == Some(Kind::Name) } else { tokens.at(at) == "." }
    });
    plain && (told.is_global)(&path)
}

/// Of what is no list. `nothing` is `undefined` or `null` where the engine tells that it is.
fn not_iterable(told: &Told<'_>, nothing: Option<&str>) -> Option<String> {
    let unknown = || {
        nothing.map(|nothing| {
            if told.native == Some("fromEntries") {
                return "undefined is not iterable".to_owned();
            }
            let nothing = if nothing == "null" { "object null" } else { nothing };
            format!("{nothing} is not iterable (cannot read property Symbol(Symbol.iterator))")
        })
    };
    let found = told.place.filter(|_| told.native.is_none()).and_then(|(source, at)| {
        let tokens = source.tokens();
        if let Some((start, end)) = literal_list(&tokens, at) {
            let what = if tokens.at(start) == "{" { "{}".to_owned() } else { shown(&tokens, start, end) };
            return Some(format!("{what} is not iterable"));
        }
        let list = operations(&tokens, at).into_iter().find_map(|operation| match operation {
            Operation::Loop { start, end } => Some((start, end, false)),
            Operation::Spread { start, end, call } => Some((start, end, call)),
            Operation::Call { .. } => None,
        });
        let (start, end, call) = list?;
        // Where the list is one for certain, an element is none; V8 has a name of its own for it.
        if start > 1 && tokens.at(start - 2) == "]" && is_list(&tokens, start, end) {
            return Some(".for is not iterable".to_owned());
        }
        // V8 makes a list of its own of arguments after a spread.
        if call && !is_last_spread(&tokens, start, end) {
            return None;
        }
        let what = shown(&tokens, start, end);
        Some(match (call, nothing) {
            (true, None) => "Spread syntax requires ...iterable[Symbol.iterator] to be a function".to_owned(),
            (true, Some(nothing)) => format!("{what} is not iterable (cannot read property {nothing})"),
            (false, _) => match called(&tokens, start, end) {
                Some(name) => format!("{name} is not a function or its return value is not iterable"),
                None => format!("{what} is not iterable"),
            },
        })
    });
    found.or_else(|| list_pattern(told)).or_else(unknown)
}

/// Functions and methods whose result is a list, whatever they are given.
const LISTS: &[&str] =
    &["Array.from", "Object.entries", "Object.keys", "Object.values", ".filter", ".flat", ".map", ".slice", ".split"];

/// Whether the text shows that the value is a list.
fn is_list(tokens: &Tokens<'_>, start: usize, end: usize) -> bool {
    let written = tokens.at(start) == "[" && tokens.partner(start) + 1 == end;
    written || called(tokens, start, end).is_some_and(|name| LISTS.iter().any(|list| name.ends_with(list)))
}

/// Whether the spread is the only one of its call, and the last argument.
fn is_last_spread(tokens: &Tokens<'_>, start: usize, end: usize) -> bool {
    let mut index = tokens.partner(end) + 1;
    while index + 1 < start && tokens.at(index) != "..." {
        index = index.max(tokens.partner(index)) + 1;
    }
    tokens.at(end) == ")" && index + 1 == start
}

/// Of a value that a declaration takes apart as a list.
fn list_pattern(told: &Told<'_>) -> Option<String> {
    let (source, at) = told.place.filter(|_| told.native.is_none())?;
    let tokens = source.tokens();
    let pattern = pattern(&tokens, at).filter(|pattern| tokens.at(pattern.open) == "[")?;
    let plain = pattern.end == pattern.start + 1 || tokens.at(pattern.start) == "await";
    match called(&tokens, pattern.start, pattern.end) {
        Some(name) if tokens.at(pattern.start + 1) == "(" => {
            Some(format!("{name} is not a function or its return value is not iterable"))
        }
        _ => plain.then(|| format!("{} is not iterable", shown(&tokens, pattern.start, pattern.end))),
    }
}

#[cfg(test)]
mod tests {
    use super::without_place;

    #[test]
    fn errors_that_no_code_made_are_worded_too() {
        let told = without_place("BigInt are forbidden in JSON.stringify");
        assert_eq!(told, Some("Do not know how to serialize a BigInt"));
        assert_eq!(without_place("not a function"), None);
    }
}
