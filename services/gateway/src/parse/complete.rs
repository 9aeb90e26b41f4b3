//! Parts that are there one by one, taken together.

/// Values that may be missing; together they are there, or not.
pub(crate) trait Complete {
    /// All of them.
    type Whole;

    /// All of them, when each is there.
    fn complete(self) -> Option<Self::Whole>;
}

impl<A> Complete for Option<A> {
    type Whole = A;

    fn complete(self) -> Option<A> {
        self
    }
}

macro_rules! complete_tuples {
    ($($($name:ident)+;)+) => {$(
        impl<$($name),+> Complete for ($(Option<$name>,)+) {
            type Whole = ($($name,)+);

            #[allow(non_snake_case, reason = "the type's letter names its value too")]
            fn complete(self) -> Option<Self::Whole> {
                let ($($name,)+) = self;
                Some(($($name?,)+))
            }
        }
    )+};
}

complete_tuples! {
    A B;
    A B C;
    A B C D;
    A B C D E;
    A B C D E F;
    A B C D E F G;
    A B C D E F G H;
    A B C D E F G H I;
    A B C D E F G H I J;
    A B C D E F G H I J K;
    A B C D E F G H I J K L;
    A B C D E F G H I J K L M;
}
