//! Mail.

use super::{Channel, ChannelError, ChannelSettingsError, plain};
use async_trait::async_trait;
use lettre::message::Mailbox;
use lettre::transport::smtp::authentication::Credentials;
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};
use secrecy::{ExposeSecret as _, SecretString};
use sixbtc_core::alerts::Waiting;
use sixbtc_core::settings::{Email as EmailSettings, MailSecurity, SecretName};
use std::time::Duration;

/// Sends alerts by SMTP.
pub struct Email {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    to: Vec<Mailbox>,
    limit: Duration,
}

impl Email {
    /// How long the whole conversation with the server may take.
    const LIMIT: Duration = Duration::from_secs(30);

    /// Mail as the settings say; the password is a secret of its own.
    pub fn new(
        settings: &EmailSettings,
        password: Option<&SecretString>,
    ) -> Result<Self, ChannelSettingsError> {
        let wrong = |why: String| ChannelSettingsError {
            channel: "email",
            why,
        };
        let address = |text: &str| {
            text.parse::<Mailbox>()
                .map_err(|e| wrong(format!("`{text}` is no mail address: {e}")))
        };
        if settings.to.is_empty() {
            return Err(wrong("`alerts.email.to` is empty".into()));
        }
        let host = settings.host.as_str();
        let builder = match settings.security {
            MailSecurity::Tls => AsyncSmtpTransport::<Tokio1Executor>::relay(host),
            MailSecurity::Starttls => AsyncSmtpTransport::<Tokio1Executor>::starttls_relay(host),
            MailSecurity::None => Ok(AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(
                host,
            )),
        };
        let mut builder = builder
            .map_err(|e| wrong(format!("server `{host}`: {e}")))?
            .port(settings.port)
            .timeout(Some(Self::LIMIT));
        if !settings.user.is_empty() {
            let password = password.ok_or_else(|| {
                let name = SecretName::EmailPassword.variable();
                wrong(format!(
                    "`alerts.email.user` is given, but not the secret {name}"
                ))
            })?;
            let login =
                Credentials::new(settings.user.clone(), password.expose_secret().to_owned());
            builder = builder.credentials(login);
        }
        Ok(Self {
            transport: builder.build(),
            from: address(&settings.from)?,
            to: settings
                .to
                .iter()
                .map(|to| address(to))
                .collect::<Result<_, _>>()?,
            limit: Self::LIMIT,
        })
    }
}

#[async_trait]
impl Channel for Email {
    fn name(&self) -> &'static str {
        "email"
    }

    async fn tell(&self, alert: &Waiting) -> Result<(), ChannelError> {
        let mut message = Message::builder()
            .from(self.from.clone())
            .subject(format!("[sixbtc] {}", alert.alert.title));
        for to in &self.to {
            message = message.to(to.clone());
        }
        let message = message.body(plain(alert)).map_err(|e| ChannelError {
            text: e.to_string(),
            passing: false,
        })?;
        match tokio::time::timeout(self.limit, self.transport.send(message)).await {
            Err(_) => Err(ChannelError {
                text: "no answer in time".into(),
                passing: true,
            }),
            Ok(Err(e)) => Err(ChannelError {
                passing: !e.is_permanent(),
                // the server's own words, cut: they never hold the password, which it was only sent encoded
                text: e.to_string().chars().take(300).collect(),
            }),
            Ok(Ok(_)) => Ok(()),
        }
    }
}
