/* SPDX-License-Identifier: ISC */
/*
 * dropbear for the guest, where it differs from dropbear's defaults: keys only, no password in any
 * direction, modern algorithms, nothing forwarded but TCP.
 */
#define DROPBEAR_SVR_PASSWORD_AUTH 0
#define DROPBEAR_CLI_PASSWORD_AUTH 0
#define DROPBEAR_USE_PASSWORD_ENV 0

#define DROPBEAR_X11FWD 0
#define DROPBEAR_SVR_AGENTFWD 0
#define DROPBEAR_CLI_AGENTFWD 0
#define DROPBEAR_SFTPSERVER 0

#define DROPBEAR_RSA_SHA1 0
#define DROPBEAR_SHA1_HMAC 0
#define DROPBEAR_DH_GROUP14_SHA1 0
#define DROPBEAR_DH_GROUP14_SHA256 0
#define DROPBEAR_SK_KEYS 0

#define DO_MOTD 0
#define DROPBEAR_PIDFILE "/run/dropbear.pid"
