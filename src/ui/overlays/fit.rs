//! How large an overlay may be on this screen (design d.3).

use crate::ui::view::View;

/// Room for the large form, 114×36.
pub(super) const fn fits_large(view: &View<'_>) -> bool {
    view.screen.width >= 118 && view.screen.height >= 36
}

/// Room to stand at the side and leave the book visible.
pub(super) const fn fits_dock(view: &View<'_>) -> bool {
    view.screen.width >= 190 && view.screen.height >= 50
}
