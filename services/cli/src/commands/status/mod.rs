//! `sixbtc status`: the factory at one moment.

mod read;
mod show;

pub use read::{Picture, picture};
pub use show::{Look, page};

use super::serve::{Loading, Opening};
use super::store::with_store;
use crate::args::{Format, SettingsArgs};
use crate::failure::Failure;
use crate::output;
use sixbtc_core::settings::Profile;

/// Prints what the store says.
pub fn run(args: &SettingsArgs, format: Format) -> Result<u8, Failure> {
    let loading = Loading::of(args)?;
    let p = with_store(&Opening::of(&loading.loaded), picture)?;
    match format {
        Format::Json => output::json(&p),
        Format::Human => {
            if loading.loaded.settings.system.profile == Profile::Demo {
                output::out(&output::bold("DEMO GATES: what passes proves nothing"));
            }
            output::out(&page(&p, Look::of_terminal()));
        }
    }
    Ok(0)
}
