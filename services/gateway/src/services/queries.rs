//! The one shape of an RPC that is a query.

/// Declares such RPCs, each answered by a method of [`Services`](super::Services).
///
/// The methods have the form that `async_trait` gives them, because that attribute does not see into a macro.
macro_rules! queries {
    ($($rpc:ident($request:ident) -> $response:ident: $answer:ident;)+) => {$(
        fn $rpc<'life0, 'async_trait>(
            &'life0 self,
            request: Request<wire::$request>,
        ) -> Answering<'async_trait, wire::$response>
        where
            'life0: 'async_trait,
            Self: 'async_trait,
        {
            Box::pin(async move { Ok(Response::new(self.$answer(request.into_inner()).await?)) })
        }
    )+};
}
pub(super) use queries;
