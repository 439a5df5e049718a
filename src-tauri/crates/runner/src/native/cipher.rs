//! AES in the modes scripts use, and triple DES in those of old stores and keys. Padding, and what is held back for it, is the shim's business.

use std::{cell::RefCell, rc::Rc};

use aes::{
    Aes128, Aes192, Aes256, Block,
    cipher::{
        BlockCipher, BlockDecrypt, BlockDecryptMut, BlockEncrypt, BlockEncryptMut, BlockSizeUser, InnerIvInit, KeyInit,
        KeyIvInit, StreamCipher,
        consts::{U8, U16},
        generic_array::{ArrayLength, GenericArray},
    },
};
use ctr::{Ctr32BE, Ctr128BE};
use des::TdesEde3;
use ghash::{GHash, universal_hash::UniversalHash};
use rquickjs::{Ctx, Function, Object, Result};

use super::{Bytes, copied};

pub(super) fn register(native: &Object<'_>) -> Result<()> {
    native.set("cipher", Function::new(native.ctx().clone(), cipher)?)
}

/// Bytes in place, as they come.
type Transform = Box<dyn FnMut(&mut [u8])>;

/// A cipher under way.
struct Cipher {
    transform: Transform,
    seal: Option<Seal>,
    encrypts: bool,
}

/// What the tag of GCM comes from.
struct Seal {
    hash: GHash,
    mask: Block,
    ciphertext: Vec<u8>,
}

/// `{ update(bytes), tag(aad) }` of a new cipher. `mode`, the lengths of key and start value, and whole blocks for `ecb` and
/// `cbc`, are as the shim has checked them; `tag` is there for `gcm`. Modes of triple DES begin with `des-`.
fn cipher<'js>(ctx: Ctx<'js>, mode: String, key: Bytes<'js>, iv: Bytes<'js>, encrypts: bool) -> Result<Object<'js>> {
    let (key, iv) = (copied(&key), copied(&iv));
    let cipher = match key.len() {
        _ if mode.starts_with("des-") => Cipher::triple_des(&mode, &key, &iv, encrypts),
        16 => Cipher::new::<Aes128>(&mode, &key, &iv, encrypts),
        24 => Cipher::new::<Aes192>(&mode, &key, &iv, encrypts),
        _ => Cipher::new::<Aes256>(&mode, &key, &iv, encrypts),
    };
    let cipher = Rc::new(RefCell::new(cipher));
    let object = Object::new(ctx.clone())?;
    let own = Rc::clone(&cipher);
    let update = move |ctx: Ctx<'js>, bytes: Bytes<'js>| {
        let mut bytes = copied(&bytes);
        own.borrow_mut().update(&mut bytes);
        Bytes::new(ctx, bytes)
    };
    object.set("update", Function::new(ctx.clone(), update)?)?;
    let tag = move |ctx: Ctx<'js>, aad: Bytes<'js>| {
        cipher.borrow().tag(&copied(&aad)).map(|tag| Bytes::new(ctx, tag)).transpose()
    };
    object.set("tag", Function::new(ctx, tag)?)?;
    Ok(object)
}

impl Cipher {
    fn new<C>(mode: &str, key: &[u8], iv: &[u8], encrypts: bool) -> Cipher
    where
        C: BlockCipher + BlockSizeUser<BlockSize = U16> + BlockEncrypt + BlockDecrypt + KeyInit + Clone + 'static,
    {
        let block = C::new(key.into());
        let mut seal = None;
        let transform: Transform = match (mode, encrypts) {
            ("ecb", true) => by_block(move |bytes: &mut Block| block.encrypt_block(bytes)),
            ("ecb", false) => by_block(move |bytes: &mut Block| block.decrypt_block(bytes)),
            ("cbc", true) => {
                let mut cbc = cbc::Encryptor::<C>::inner_iv_init(block, iv.into());
                by_block(move |bytes: &mut Block| cbc.encrypt_block_mut(bytes))
            }
            ("cbc", false) => {
                let mut cbc = cbc::Decryptor::<C>::inner_iv_init(block, iv.into());
                by_block(move |bytes: &mut Block| cbc.decrypt_block_mut(bytes))
            }
            ("ctr", _) => {
                let mut stream = Ctr128BE::<C>::new(key.into(), iv.into());
                Box::new(move |bytes| stream.apply_keystream(bytes))
            }
            _ => {
                let mut secret = Block::default();
                block.encrypt_block(&mut secret);
                let hash = GHash::new(&secret);
                let mut stream = Ctr32BE::<C>::new(key.into(), &first_counter(&hash, iv));
                // The first block of the stream covers the tag, the text has those after it.
                let mut mask = Block::default();
                stream.apply_keystream(&mut mask);
                seal = Some(Seal { hash, mask, ciphertext: Vec::new() });
                Box::new(move |bytes| stream.apply_keystream(bytes))
            }
        };
        Cipher { transform, seal, encrypts }
    }

    fn triple_des(mode: &str, key: &[u8], iv: &[u8], encrypts: bool) -> Cipher {
        let block = TdesEde3::new(key.into());
        let transform: Transform = match (mode, encrypts) {
            ("des-ecb", true) => by_block(move |bytes: &mut HalfBlock| block.encrypt_block(bytes)),
            ("des-ecb", false) => by_block(move |bytes: &mut HalfBlock| block.decrypt_block(bytes)),
            (_, true) => {
                let mut cbc = cbc::Encryptor::<TdesEde3>::inner_iv_init(block, iv.into());
                by_block(move |bytes: &mut HalfBlock| cbc.encrypt_block_mut(bytes))
            }
            (_, false) => {
                let mut cbc = cbc::Decryptor::<TdesEde3>::inner_iv_init(block, iv.into());
                by_block(move |bytes: &mut HalfBlock| cbc.decrypt_block_mut(bytes))
            }
        };
        Cipher { transform, seal: None, encrypts }
    }

    fn update(&mut self, bytes: &mut [u8]) {
        if let (Some(seal), false) = (&mut self.seal, self.encrypts) {
            seal.ciphertext.extend_from_slice(bytes);
        }
        (self.transform)(bytes);
        if let (Some(seal), true) = (&mut self.seal, self.encrypts) {
            seal.ciphertext.extend_from_slice(bytes);
        }
    }

    fn tag(&self, aad: &[u8]) -> Option<Vec<u8>> {
        let Seal { hash, mask, ciphertext } = self.seal.as_ref()?;
        let tag = hashed(hash.clone(), aad, ciphertext);
        Some(tag.iter().zip(mask).map(|(hashed, masked)| hashed ^ masked).collect())
    }
}

/// A block of triple DES.
type HalfBlock = GenericArray<u8, U8>;

fn by_block<N: ArrayLength<u8>>(mut transform: impl FnMut(&mut GenericArray<u8, N>) + 'static) -> Transform {
    Box::new(move |bytes| {
        let blocks = bytes.chunks_exact_mut(N::USIZE);
        blocks.for_each(|block| transform(GenericArray::from_mut_slice(block)));
    })
}

/// GCM's hash over two texts and their lengths in bits.
fn hashed(mut hash: GHash, aad: &[u8], text: &[u8]) -> Block {
    hash.update_padded(aad);
    hash.update_padded(text);
    let mut lengths = Block::default();
    lengths[..8].copy_from_slice(&(8 * aad.len() as u64).to_be_bytes());
    lengths[8..].copy_from_slice(&(8 * text.len() as u64).to_be_bytes());
    hash.update(&[lengths]);
    hash.finalize()
}

/// Where GCM begins to count: a start value of 12 bytes followed by one, any other hashed.
fn first_counter(hash: &GHash, iv: &[u8]) -> Block {
    if iv.len() != 12 {
        return hashed(hash.clone(), &[], iv);
    }
    let mut counter = Block::default();
    counter[..12].copy_from_slice(iv);
    counter[15] = 1;
    counter
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gcm_of_the_specification_case_4() {
        let bytes = |text: &str| hex::decode(text).unwrap();
        let key = bytes("feffe9928665731c6d6a8f9467308308");
        let mut text = bytes(
            "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
        );
        let mut cipher = Cipher::new::<Aes128>("gcm", &key, &bytes("cafebabefacedbaddecaf888"), true);
        cipher.update(&mut text);
        assert_eq!(hex::encode(&text[..8]), "42831ec221777424");
        let tag = cipher.tag(&bytes("feedfacedeadbeeffeedfacedeadbeefabaddad2")).unwrap();
        assert_eq!(hex::encode(tag), "5bc94fbc3221a5db94fae95ae7121a47");
    }
}
