//! `sixbtc status`: the factory at one moment.

mod read;
mod show;

pub use read::{Picture, picture};
pub use show::{Look, page};

use super::serve::{Loading, opener};
use crate::args::{Format, SettingsArgs};
use crate::failure::Failure;
use crate::output;
use sixbtc_core::settings::Profile;

/// Prints what the store says.
pub fn run(args: &SettingsArgs, format: Format) -> Result<u8, Failure> {
    let loading = Loading::of(args)?;
    let p = last_picture(&loading)?;
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

/// The picture of a store that nobody here has open.
pub fn last_picture(loading: &Loading) -> Result<Picture, Failure> {
    let failed = |e: &dyn std::fmt::Display| Failure::outside(e.to_string());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| Failure::outside(format!("no threads could be started: {e}")))?;
    let open = opener(&loading.loaded);
    runtime.block_on(async {
        let store = open().await.map_err(|e| failed(&e))?;
        let p = picture(&store).await.map_err(|e| failed(&e))?;
        store.close().await;
        Ok(p)
    })
}
