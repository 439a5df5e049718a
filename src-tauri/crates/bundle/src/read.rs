//! Reads a bundle from elsewhere: whatever form it has, nothing in it is trusted.

use std::path::Path;

use crate::source::Source;
use crate::{BundleError, Contents, archive, directory, yaml};

/// File names of the YAML format's entry.
const YAML_FILES: [&str; 2] = ["tenant.yaml", "tenant.yml"];

/// Reads a deploy-cli directory, a `tenant.yaml` (or the folder that holds one), or a zip file of either. Traversal, links,
/// devices, bombs and names that are there twice are refused.
pub fn read(path: &Path) -> Result<Contents, BundleError> {
    let path = std::path::absolute(path).map_err(|error| BundleError::io(path, error))?;
    let facts = std::fs::metadata(&path).map_err(|error| BundleError::io(&path, error))?;
    let extension = path.extension().map(|extension| extension.to_string_lossy().to_ascii_lowercase());
    match extension.as_deref() {
        _ if facts.is_dir() => read_any(&Source::Folder { root: path.clone(), strict: true }, &path),
        _ if !facts.is_file() => {
            Err(BundleError::NoBundle { path, reason: "it is neither a file nor a folder".to_owned() })
        }
        Some("yaml" | "yml") => {
            let root = path.parent().unwrap_or(Path::new("/")).to_owned();
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            yaml::read_source(&Source::Folder { root, strict: true }, &name)
        }
        Some("zip") => {
            let files = archive::at_top(archive::unpack(&path)?);
            read_any(&Source::Archive { path: path.clone(), files }, &path)
        }
        _ => Err(BundleError::NoBundle { path, reason: "its name ends in neither .zip nor .yaml".to_owned() }),
    }
}

fn read_any(source: &Source, path: &Path) -> Result<Contents, BundleError> {
    if source.is_folder(directory::CONNECTIONS) || source.is_file(directory::CONNECTIONS) {
        return directory::read_source(source);
    }
    match YAML_FILES.into_iter().find(|name| source.is_file(name)) {
        Some(name) => yaml::read_source(source, name),
        None => Err(BundleError::NoBundle {
            path: path.to_owned(),
            reason: "there is neither database-connections/ nor tenant.yaml in it".to_owned(),
        }),
    }
}
