//! The one shape of an RPC that is a command to one thing and answers with a receipt alone.

/// Declares such RPCs: `contact by contact_id: ContactId;` says which of the application's methods runs the command
/// and which field names the thing; each entry then says how its command is read.
///
/// The methods have the form that `async_trait` gives them, because that attribute does not see into a macro.
macro_rules! commands {
    (
        $run:ident by $id_field:ident: $id:ty;
        $($rpc:ident($request:ident) -> $response:ident: |$fields:ident, $message:ident| $command:expr;)+
    ) => {$(
        fn $rpc<'life0, 'async_trait>(
            &'life0 self,
            request: Request<wire::$request>,
        ) -> Answering<'async_trait, wire::$response>
        where
            'life0: 'async_trait,
            Self: 'async_trait,
        {
            Box::pin(async move {
                let circumstances = circumstances(request.metadata())?;
                let $message = request.into_inner();
                let mut $fields = Fields::new();
                let call = $fields.call(&circumstances, $message.header.as_ref(), &$message);
                let id = $fields.required(stringify!($id_field), &$message.$id_field, <$id>::parse);
                let command = $command;
                let (id, command, call) = $fields.finish((id, command, call))?;
                let done = self.application.$run(id, command, call).await.map_err(Error::from)?;
                Ok(Response::new(wire::$response { receipt: Some(receipt(done)) }))
            })
        }
    )+};
}
pub(super) use commands;
