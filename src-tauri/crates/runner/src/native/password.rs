//! Password hashes: the raw functions beneath `bcrypt`, `bcryptjs` and `argon2`; formats are the shims' business.

use argon2::{Algorithm, Argon2, AssociatedData, Block, ParamsBuilder, Version};
use rquickjs::{Ctx, Exception, FromJs, Function, Object, Result};

use super::{Bytes, copied};

pub(super) fn register(native: &Object<'_>) -> Result<()> {
    let ctx = native.ctx().clone();
    native.set("bcryptRaw", Function::new(ctx.clone(), bcrypt_raw)?)?;
    native.set("argon2", Function::new(ctx, argon2)?)
}

/// bcrypt's 24 bytes. `key` is the password with its closing NUL, where the version has one; 72 bytes count.
fn bcrypt_raw<'js>(ctx: Ctx<'js>, key: Bytes<'js>, salt: Bytes<'js>, cost: u32) -> Result<Bytes<'js>> {
    let key = copied(&key);
    let salt: [u8; 16] =
        copied(&salt).try_into().map_err(|_| Exception::throw_range(&ctx, "a bcrypt salt has 16 bytes"))?;
    if key.is_empty() || cost > 31 {
        return Err(Exception::throw_range(&ctx, "bcrypt needs a key, and a cost of at most 31"));
    }
    Bytes::new(ctx, bcrypt::bcrypt(cost, salt, &key[..key.len().min(72)]).to_vec())
}

/// As the native half of the npm package takes them.
struct Argon2Request<'js> {
    password: Bytes<'js>,
    salt: Bytes<'js>,
    secret: Bytes<'js>,
    data: Bytes<'js>,
    hash_length: usize,
    memory: u32,
    passes: u32,
    lanes: u32,
    kind: u32,
    version: u32,
}

impl<'js> FromJs<'js> for Argon2Request<'js> {
    fn from_js(_ctx: &Ctx<'js>, value: rquickjs::Value<'js>) -> Result<Self> {
        let object = Object::from_value(value)?;
        Ok(Argon2Request {
            password: object.get("password")?,
            salt: object.get("salt")?,
            secret: object.get("secret")?,
            data: object.get("data")?,
            hash_length: object.get("hashLength")?,
            memory: object.get("m")?,
            passes: object.get("t")?,
            lanes: object.get("p")?,
            kind: object.get("type")?,
            version: object.get("version")?,
        })
    }
}

/// The raw hash; throws an `Error` with the reference implementation's message.
fn argon2<'js>(ctx: Ctx<'js>, request: Argon2Request<'js>) -> Result<Bytes<'js>> {
    match hash_argon2(&request) {
        Ok(bytes) => Bytes::new(ctx, bytes),
        Err(message) => Err(Exception::throw_message(&ctx, message)),
    }
}

fn hash_argon2(request: &Argon2Request<'_>) -> std::result::Result<Vec<u8>, &'static str> {
    let algorithm = match request.kind {
        0 => Algorithm::Argon2d,
        1 => Algorithm::Argon2i,
        2 => Algorithm::Argon2id,
        _ => return Err("There is no such version of Argon2"),
    };
    let version = if request.version == 0x10 { Version::V0x10 } else { Version::V0x13 };
    let mut builder = ParamsBuilder::new();
    builder.m_cost(request.memory).t_cost(request.passes).p_cost(request.lanes).output_len(request.hash_length);
    let data = copied(&request.data);
    if !data.is_empty() {
        builder.data(AssociatedData::new(&data).map_err(message)?);
    }
    let parameters = builder.build().map_err(message)?;
    let mut blocks: Vec<Block> = Vec::new();
    blocks.try_reserve_exact(parameters.block_count()).map_err(|_| "Memory allocation error")?;
    blocks.resize(parameters.block_count(), Block::default());
    let secret = copied(&request.secret);
    let hasher = Argon2::new_with_secret(&secret, algorithm, version, parameters).map_err(message)?;
    let mut hash = vec![0; request.hash_length];
    hasher
        .hash_password_into_with_memory(&copied(&request.password), &copied(&request.salt), &mut hash, &mut blocks)
        .map_err(message)?;
    Ok(hash)
}

/// The reference implementation's words.
fn message(error: argon2::Error) -> &'static str {
    match error {
        argon2::Error::OutputTooShort => "Output is too short",
        argon2::Error::OutputTooLong => "Output is too long",
        argon2::Error::PwdTooLong => "Password is too long",
        argon2::Error::SaltTooShort => "Salt is too short",
        argon2::Error::SaltTooLong => "Salt is too long",
        argon2::Error::AdTooLong => "Associated data is too long",
        argon2::Error::SecretTooLong => "Secret is too long",
        argon2::Error::TimeTooSmall => "Time cost is too small",
        argon2::Error::MemoryTooLittle => "Memory cost is too small",
        argon2::Error::MemoryTooMuch => "Memory cost is too large",
        argon2::Error::ThreadsTooFew => "Too few lanes",
        argon2::Error::ThreadsTooMany => "Too many lanes",
        _ => "Unknown error code",
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn bcrypt_of_the_reference_vector() {
        // $2a$06$DCq7YPn5Rq63x1Lad4cll.TV4S6ytwfsfvkgY8jIucDrjc8deX1s. is the empty password
        let salt = hex::decode("144b3d691a7b4ecf39cf735c7fa7a79c").unwrap().try_into().unwrap();
        let raw = bcrypt::bcrypt(6, salt, b"\0");
        assert_eq!(hex::encode(&raw[..4]), "557e94f3");
    }
}
