//! Scrolling of lists.

/// Returns the first row on screen: the one nearest to `top` that shows the row at `index` and leaves no row
/// blank that one of the `count` rows could fill. Every list scrolls this way when its selection, length or
/// height changes. A hidden list (`height` 0) keeps its place.
pub fn scrolled(top: usize, index: usize, count: usize, height: usize) -> usize {
    if height == 0 {
        return top.min(count.saturating_sub(1));
    }
    top.clamp((index + 1).saturating_sub(height), index).min(count.saturating_sub(height))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::console::app::scrolled::scrolled;

    #[test]
    fn a_list_keeps_its_place_while_hidden_and_scrolls_no_farther_than_needed() {
        assert_eq!(scrolled(90, 99, 100, 0), 90);
        assert_eq!(scrolled(3, 5, 100, 10), 3);
        assert_eq!(scrolled(3, 20, 100, 10), 11);
        assert_eq!(scrolled(30, 20, 100, 10), 20);
    }

    proptest! {
        #[test]
        fn the_selected_row_is_on_screen_and_no_row_is_needlessly_blank(
            (count, index) in (1_usize..200).prop_flat_map(|count| (Just(count), 0..count)),
            heights in prop::collection::vec(0_usize..60, 1..8),
        ) {
            let mut top = 0;
            for height in heights {
                top = scrolled(top, index, count, height);
                if height > 0 {
                    prop_assert!((top..top + height).contains(&index));
                    prop_assert!(top + height <= count || top == 0);
                }
            }
        }
    }
}
