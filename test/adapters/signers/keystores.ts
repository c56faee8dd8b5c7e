/**
 * The specification's test vector for pbkdf2. Its vector for scrypt has a cost that RFC 7914 forbids.
 *
 * @see https://ethereum.org/en/developers/docs/data-structures-and-encoding/web3-secret-storage#test-vectors (checked 2026-11-23)
 */
export const SPECIFIED_PASSWORD = 'testpassword'
export const SPECIFIED_KEY = '0x7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d'

export const PBKDF2_KEYSTORE = {
  version: 3,
  id: '3198bc9c-6672-5ab3-d995-4942343ae5b6',
  crypto: {
    cipher: 'aes-128-ctr',
    cipherparams: { iv: '6087dab2f9fdbbfaddc31a909735c1e6' },
    ciphertext: '5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46',
    kdf: 'pbkdf2',
    kdfparams: {
      c: 262144,
      dklen: 32,
      prf: 'hmac-sha256',
      salt: 'ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd',
    },
    mac: '517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2',
  },
}

/** Made by ethers 6.17.0 with the cost that Foundry uses, then spelled as Foundry spells it: `crypto`, no address. */
export const SCRYPT_KEYSTORE = {
  version: 3,
  id: '1d06b481-feda-49db-ac44-f78f78961f7d',
  crypto: {
    cipher: 'aes-128-ctr',
    cipherparams: {
      iv: '4a13fdc7ce724f8be7f1c3b45f20a010',
    },
    ciphertext: 'b683c3b35a3b84478b99a337c2de2e6fd3e38d7edcc3c386eaa2e49fddde9806',
    kdf: 'scrypt',
    kdfparams: {
      salt: '7fe3e483bf64a6d1805f352b2c531d521b08672351123f44cbecf4edd2994701',
      n: 8192,
      dklen: 32,
      p: 1,
      r: 8,
    },
    mac: 'b852a0fde49699acdce83bc70fbf95a2240790f445f31e80d51d919fd2db6613',
  },
}
