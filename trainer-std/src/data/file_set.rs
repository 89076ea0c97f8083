//! The names under which sets of handwritten digits are distributed, and how their files differ.

use super::location::{Container, Location};

/// The parts into which EMNIST is split, each a data set of its own.
const EMNIST_SPLITS: [&str; 6] = ["mnist", "digits", "letters", "balanced", "byclass", "bymerge"];

/// Four files that belong together: images and labels, for training and for testing.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FileSet {
    training: String,
    test: String,
    labels: &'static str,
    /// Whether images are stored column by column, as EMNIST's are.
    pub(crate) is_transposed: bool,
}

/// One of the four files of a set.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Role {
    TrainingImages,
    TrainingLabels,
    TestImages,
    TestLabels,
}

impl FileSet {
    /// MNIST's own names, which many other sets use as well.
    pub(crate) fn mnist() -> Self {
        Self { training: "train".into(), test: "t10k".into(), labels: "labels-idx1-ubyte", is_transposed: false }
    }

    /// EMNIST, whose images are stored transposed.
    fn emnist(split: &str) -> Self {
        let [training, test] = ["train", "test"].map(|part| format!("emnist-{split}-{part}"));
        Self { training, test, labels: "labels-idx1-ubyte", is_transposed: true }
    }

    /// QMNIST, whose labels have eight columns.
    fn qmnist() -> Self {
        let [training, test] = ["qmnist-train", "qmnist-test"].map(String::from);
        Self { training, test, labels: "labels-idx2-int", is_transposed: false }
    }

    /// All sets whose names are known, MNIST's first.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        [Self::mnist(), Self::qmnist()].into_iter().chain(EMNIST_SPLITS.map(Self::emnist))
    }

    /// The set whose training images are called `name`.
    pub(crate) fn of_training_images(name: &str) -> Option<Self> {
        Self::all().find(|set| set.names(Role::TrainingImages).iter().any(|usual| usual == name))
    }

    /// The names a file goes by: as it is distributed and as it is often renamed, plain and compressed.
    pub(crate) fn names(&self, role: Role) -> [String; 4] {
        let (part, content) = match role {
            Role::TrainingImages => (&self.training, "images-idx3-ubyte"),
            Role::TrainingLabels => (&self.training, self.labels),
            Role::TestImages => (&self.test, "images-idx3-ubyte"),
            Role::TestLabels => (&self.test, self.labels),
        };
        let dash = format!("{part}-{content}");
        let point = format!("{part}-{}", content.replacen('-', ".", 1));
        [dash.clone(), point.clone(), dash + ".gz", point + ".gz"]
    }

    /// The file of this set in `container`, under any of its names.
    pub(crate) fn find(&self, role: Role, container: &Container) -> Option<Location> {
        self.names(role).iter().find_map(|name| container.find(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_set_has_the_names_it_is_distributed_under() {
        let named = |name: &str| FileSet::of_training_images(name).unwrap();
        for (images, test_labels) in [
            ("train-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
            ("train-images.idx3-ubyte.gz", "t10k-labels.idx1-ubyte"),
            ("emnist-digits-train-images-idx3-ubyte", "emnist-digits-test-labels-idx1-ubyte"),
            ("emnist-letters-train-images-idx3-ubyte.gz", "emnist-letters-test-labels-idx1-ubyte.gz"),
            ("qmnist-train-images-idx3-ubyte.gz", "qmnist-test-labels-idx2-int.gz"),
        ] {
            let names = named(images).names(Role::TestLabels);
            assert!(names.iter().any(|name| name == test_labels), "{names:?}");
            assert_eq!(named(images).is_transposed, images.starts_with("emnist"));
        }
        assert_eq!(FileSet::of_training_images("letters.idx"), None);
        assert_eq!(FileSet::of_training_images("t10k-images-idx3-ubyte"), None);
    }
}
