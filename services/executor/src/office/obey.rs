//! What stops entries without asking the store: the kill file, and a clock that is wrong.

use super::Office;
use super::staff::Staff;
use crate::account::{Gate, Input};
use crate::clock::Drift;
use sixbtc_core::live::kill_file;
use sixbtc_core::settings::Settings;

impl Office {
    /// Why nothing may be entered, whatever the store says.
    pub(super) fn shut(&self, settings: &Settings) -> Option<String> {
        if let Some(kill) = kill_file(&settings.directories.data) {
            return Some(format!("the kill file is there: {kill}"));
        }
        match self.clock.drift() {
            Drift::Fine | Drift::Unknown => None,
            off @ (Drift::Off(_) | Drift::Alarming(_)) => Some(off.to_string()),
        }
    }

    /// Tells every account at once. Called before anything that needs the store: accounts trade on for a while without it.
    pub(super) fn obey(&self, staff: &mut Staff, settings: &Settings) {
        let shut = self.shut(settings);
        for one in staff.employed.values_mut() {
            let word = Input::Gate {
                gate: Gate::System,
                shut: shut.clone(),
            };
            // what finds no room is told in the next round
            if one.told.clock != shut && one.hired.to.try_send(word).is_ok() {
                one.told.clock.clone_from(&shut);
            }
        }
    }
}
