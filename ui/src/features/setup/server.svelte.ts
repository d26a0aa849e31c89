/** The fields of a server for outgoing mail, as they are typed, and what can be seen to be wrong with them. */
import type { Encryption, Server } from '../../api/generated';
import { badEncryption, badPort, required } from './checks';

export class ServerForm {
	host = $state('');
	port = $state('587');
	encryption = $state<Encryption>('start_tls');

	take({ host, port, encryption }: Server): void {
		Object.assign(this, { host, port: String(port), encryption });
	}

	server(): Server {
		return { host: this.host.trim(), port: Number(this.port), encryption: this.encryption };
	}

	wrong(): Record<'smtp_host' | 'smtp_port' | 'smtp_encryption', string | undefined> {
		return { smtp_host: required(this.host), smtp_port: badPort(this.port), smtp_encryption: badEncryption(this.encryption, this.host) };
	}
}
