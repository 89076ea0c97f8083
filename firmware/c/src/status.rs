//! What can go wrong, as a number and as a text.

use core::ffi::{CStr, c_char};

use pocketgan_core::infer::model::ModelError;

/// How a call ended. `pocketgan_status_text` has a sentence for each.
// Numbers are part of the interface: they keep their meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum Status {
    /// Success.
    Ok = 0,
    /// A pointer is null.
    NullPointer = 1,
    /// A pointer to a handle or to numbers of several bytes is not aligned for them.
    Unaligned = 2,
    /// A buffer does not have the length that the function states.
    BufferLength = 3,
    /// No model was opened with this handle.
    NotOpen = 4,
    /// The weight of a morph is above `POCKETGAN_FULL_WEIGHT`.
    Weight = 5,
    /// The model has no class of this number or name.
    UnknownClass = 6,
    /// The model's table has no seed for this class.
    NoSeeds = 7,
    /// The file is not a model of pocketgan's.
    NotAModel = 100,
    /// The model has a format version that this library does not know.
    ModelVersion = 101,
    /// The model is truncated, or bytes were appended.
    ModelLength = 102,
    /// Bytes of the model have changed.
    ModelChecksum = 103,
    /// The model's header is invalid.
    ModelHeader = 104,
    /// The model's table of seeds is invalid.
    ModelSeeds = 105,
    /// The model's layers do not lead from a latent to a picture.
    ModelLayers = 106,
    /// A number in the model is out of range.
    ModelRange = 107,
    /// The width of a layer is not a multiple of what is computed at a time.
    ModelGroups = 108,
    /// The model's weights are floats; export it as int8, mixed or int4.
    ModelFloats = 109,
    /// The model mixes float and integer layers.
    ModelKinds = 110,
    /// The model does not begin on a multiple of 4 bytes in memory.
    ModelUnaligned = 111,
    /// The length of the model's metadata is wrong.
    ModelMetadata = 112,
    /// The names of the model's classes are invalid.
    ModelNames = 113,
}

impl From<ModelError> for Status {
    fn from(error: ModelError) -> Self {
        match error {
            ModelError::NotAModel => Self::NotAModel,
            ModelError::Version { .. } => Self::ModelVersion,
            ModelError::Length { .. } => Self::ModelLength,
            ModelError::Checksum { .. } => Self::ModelChecksum,
            // The last two are errors of encoding a model.
            ModelError::Header | ModelError::Room { .. } | ModelError::SectionLength { .. } => Self::ModelHeader,
            ModelError::Digits => Self::ModelSeeds,
            ModelError::Layers => Self::ModelLayers,
            ModelError::Range { .. } => Self::ModelRange,
            ModelError::Groups { .. } => Self::ModelGroups,
            ModelError::Floats => Self::ModelFloats,
            ModelError::Kinds => Self::ModelKinds,
            ModelError::Misaligned => Self::ModelUnaligned,
            ModelError::Metadata => Self::ModelMetadata,
            ModelError::Names => Self::ModelNames,
        }
    }
}

impl From<Result<(), Self>> for Status {
    fn from(result: Result<(), Self>) -> Self {
        result.err().unwrap_or(Self::Ok)
    }
}

/// A sentence in English for a `pocketgan_status`. It is static and ends in NUL; other numbers have a sentence, too.
#[unsafe(no_mangle)]
pub extern "C" fn pocketgan_status_text(status: i32) -> *const c_char {
    text(status).as_ptr()
}

// By numbers, since C may pass any.
fn text(status: i32) -> &'static CStr {
    TEXTS.iter().find(|(of, _)| *of as i32 == status).map_or(c"unknown status", |(_, text)| text)
}

pub(crate) const TEXTS: [(Status, &CStr); 22] = [
    (Status::Ok, c"success"),
    (Status::NullPointer, c"a pointer is null"),
    (Status::Unaligned, c"a pointer is not aligned for what it points to"),
    (Status::BufferLength, c"a buffer has the wrong length"),
    (Status::NotOpen, c"no model is open with this handle"),
    (Status::Weight, c"the weight of a morph is above 256"),
    (Status::UnknownClass, c"the model has no such class"),
    (Status::NoSeeds, c"the model's table has no seed for this class"),
    (Status::NotAModel, c"not a pocketgan model file"),
    (Status::ModelVersion, c"the model has an unsupported format version; export it again"),
    (Status::ModelLength, c"the model is truncated, or bytes were appended"),
    (Status::ModelChecksum, c"the model is damaged: its checksum is wrong"),
    (Status::ModelHeader, c"the model's header is invalid"),
    (Status::ModelSeeds, c"the model's table of seeds is invalid"),
    (Status::ModelLayers, c"the model's layers do not lead from a latent to a picture"),
    (Status::ModelRange, c"a number in the model is out of range"),
    (Status::ModelGroups, c"a layer of the model does not have a multiple of 4 inputs and of 8 outputs"),
    (Status::ModelFloats, c"the model's weights are floats; export it as int8, mixed or int4"),
    (Status::ModelKinds, c"the model mixes float and integer layers"),
    (Status::ModelUnaligned, c"the model does not begin on a multiple of 4 bytes in memory"),
    (Status::ModelMetadata, c"the length of the model's metadata is wrong"),
    (Status::ModelNames, c"the names of the model's classes are invalid"),
];
