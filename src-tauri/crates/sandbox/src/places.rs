//! Errors of the wire as the contract knows them.

use contract::{CallbackError, Position, ScriptFault};
use wire::{WireError, WirePosition};

pub(crate) fn position(place: WirePosition) -> Position {
    Position { file: place.file, line: place.line, column: place.column }
}

pub(crate) fn fault(error: WireError) -> ScriptFault {
    ScriptFault {
        class: error.class,
        message: error.message,
        code: error.code,
        fields: error.fields,
        position: error.position.map(position),
        stack: error.stack,
        cause: error.cause,
    }
}

pub(crate) fn callback_error(error: WireError) -> CallbackError {
    CallbackError {
        class: error.class,
        message: error.message,
        code: error.code,
        user_id: error.user_id,
        fields: error.fields,
        position: error.position.map(position),
        stack: error.stack,
        cause: error.cause,
    }
}
