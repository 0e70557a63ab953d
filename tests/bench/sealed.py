"""Opens and seals as hrbridge does (daemon/base/seal.h), by OpenSSL and none of hrbridge's code."""
import base64
import ctypes
import ctypes.util
import os

NONCE, TAG = 12, 16
_GET_TAG, _SET_TAG = 0x10, 0x11  # EVP_CTRL_AEAD_GET_TAG, EVP_CTRL_AEAD_SET_TAG

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


def seal(plain, place, key_line):
    """Sealed bytes of the plain ones under the key."""
    name, _, text = key_line.strip().partition(":")
    key, nonce = base64.b64decode(text), os.urandom(NONCE)
    head = b"\1" + bytes([len(name)]) + name.encode()
    body, tag, size = ctypes.create_string_buffer(len(plain) + 16), ctypes.create_string_buffer(TAG), ctypes.c_int()
    context = ctypes.c_void_p(_crypto.EVP_CIPHER_CTX_new())
    aad = head + place.encode()
    good = (_crypto.EVP_EncryptInit_ex(context, ctypes.c_void_p(_crypto.EVP_aes_256_gcm()), None, key, nonce) == 1
            and _crypto.EVP_EncryptUpdate(context, None, ctypes.byref(size), aad, len(aad)) == 1
            and _crypto.EVP_EncryptUpdate(context, body, ctypes.byref(size), plain, len(plain)) == 1
            and _crypto.EVP_EncryptFinal_ex(context, None, ctypes.byref(ctypes.c_int())) == 1
            and _crypto.EVP_CIPHER_CTX_ctrl(context, _GET_TAG, TAG, tag) == 1)
    _crypto.EVP_CIPHER_CTX_free(context)
    if not good:
        raise ValueError("OpenSSL refused to seal")
    return head + nonce + body.raw[:len(plain)] + tag.raw
