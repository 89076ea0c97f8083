//! A model file as part of a program.

/// Includes a model file in the program, aligned as [`Model::parse`](crate::infer::model::Model::parse) requires: an
/// expression of type `&'static [u8]`.
///
/// The path is relative to the file that invokes the macro, as with [`include_bytes!`].
///
/// ```
/// use pocketgan_core::include_model;
/// use pocketgan_core::infer::model::{Kind, Model};
///
/// static FILE: &[u8] = include_model!(concat!(env!("CARGO_MANIFEST_DIR"), "/../firmware/models/mnist-int8.pgan"));
///
/// assert_eq!(Model::parse(FILE)?.kind(), Kind::Int8);
/// # Ok::<(), pocketgan_core::infer::model::ModelError>(())
/// ```
#[macro_export]
macro_rules! include_model {
    ($path:expr $(,)?) => {{
        const FILE: &$crate::infer::model::Aligned<[u8]> = &$crate::infer::model::Aligned(*include_bytes!($path));
        &FILE.0 as &'static [u8]
    }};
}

/// Bytes aligned as the sections of a model file are.
#[doc(hidden)]
#[repr(C, align(16))]
#[derive(Debug)]
pub struct Aligned<T: ?Sized>(pub T);

const _: () = assert!(align_of::<Aligned<[u8; 1]>>() == super::format::ALIGN);
