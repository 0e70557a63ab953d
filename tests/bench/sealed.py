"""Opens what hrbridge sealed (daemon/base/seal.h), by OpenSSL and none of hrbridge's code."""
import base64
import ctypes
import ctypes.util

NONCE, TAG = 12, 16
_SET_TAG = 0x11  # EVP_CTRL_AEAD_SET_TAG

_crypto = ctypes.CDLL(ctypes.util.find_library("crypto"))
_crypto.EVP_CIPHER_CTX_new.restype = ctypes.c_void_p
_crypto.EVP_aes_256_gcm.restype = ctypes.c_void_p


def open_sealed(sealed, place, key_line):
    """The plain bytes; None when the bytes were changed or are of another place. `key_line` is "id:base64"."""
    key = base64.b64decode(key_line.strip().partition(":")[2])
    head = 2 + sealed[1]
    nonce, body, tag = sealed[head:head + NONCE], sealed[head + NONCE:-TAG], sealed[-TAG:]
    plain, size = ctypes.create_string_buffer(len(body) + 16), ctypes.c_int()
    context = ctypes.c_void_p(_crypto.EVP_CIPHER_CTX_new())
    aad = sealed[:head] + place.encode()
    good = (_crypto.EVP_DecryptInit_ex(context, ctypes.c_void_p(_crypto.EVP_aes_256_gcm()), None, key, nonce) == 1
            and _crypto.EVP_DecryptUpdate(context, None, ctypes.byref(size), aad, len(aad)) == 1
            and _crypto.EVP_DecryptUpdate(context, plain, ctypes.byref(size), body, len(body)) == 1
            and _crypto.EVP_CIPHER_CTX_ctrl(context, _SET_TAG, TAG, tag) == 1
            and _crypto.EVP_DecryptFinal_ex(context, plain, ctypes.byref(ctypes.c_int())) == 1)
    _crypto.EVP_CIPHER_CTX_free(context)
    return plain.raw[:len(body)] if good else None
