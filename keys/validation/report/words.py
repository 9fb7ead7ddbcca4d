"""The verdict in words for people, Vietnamese and English: one sentence for each indication and sub-indication.

Vietnamese uses the words of Circular 15/2025/TT-BKHCN. Machine reports keep the standard's own tokens.
"""

from typing import Final, Literal

from keys.validation.model import Indication, SubIndication
from keys.validation.verdict import Conclusion

Language = Literal["vi", "en"]

_INDICATIONS: Final[dict[Indication, dict[Language, str]]] = {
    Indication.TOTAL_PASSED: {"vi": "Chữ ký số hợp lệ", "en": "The signature is valid"},
    Indication.TOTAL_FAILED: {"vi": "Chữ ký số không hợp lệ", "en": "The signature is not valid"},
    Indication.INDETERMINATE: {
        "vi": "Chưa đủ căn cứ để kết luận chữ ký số hợp lệ",
        "en": "There is not enough evidence to call the signature valid",
    },
}
_NO_SIGNATURE: Final[dict[Language, str]] = {
    "vi": "Không tìm thấy chữ ký số nào để kiểm tra",
    "en": "No signature was found that could be checked",
}
_SUB_INDICATIONS: Final[dict[SubIndication, dict[Language, str]]] = {
    SubIndication.FORMAT_FAILURE: {
        "vi": "Cấu trúc chữ ký vi phạm quy tắc của định dạng; tài liệu có thể đã bị can thiệp.",
        "en": "The structure breaks the rules of its format; the document may have been tampered with.",
    },
    SubIndication.HASH_FAILURE: {
        "vi": "Nội dung tài liệu đã bị thay đổi sau khi ký.",
        "en": "The content was changed after it was signed.",
    },
    SubIndication.SIG_CRYPTO_FAILURE: {
        "vi": "Giá trị chữ ký không khớp với chứng thư chữ ký số của người ký.",
        "en": "The signature value does not match the signer's certificate.",
    },
    SubIndication.REVOKED: {
        "vi": "Chữ ký được tạo sau khi chứng thư chữ ký số đã bị thu hồi.",
        "en": "The signature was made after the certificate had been revoked.",
    },
    SubIndication.EXPIRED: {
        "vi": "Chữ ký được tạo sau khi chứng thư chữ ký số đã hết hạn.",
        "en": "The signature was made after the certificate had expired.",
    },
    SubIndication.NOT_YET_VALID: {
        "vi": "Chữ ký được tạo trước khi chứng thư chữ ký số có hiệu lực.",
        "en": "The signature was made before the certificate became valid.",
    },
    SubIndication.SIG_CONSTRAINTS_FAILURE: {
        "vi": "Chữ ký không đáp ứng yêu cầu của chính sách kiểm tra, hoặc có nội dung không được chữ ký nào bảo vệ.",
        "en": "The signature does not meet the validation policy, or some content is not covered by any signature.",
    },
    SubIndication.CHAIN_CONSTRAINTS_FAILURE: {
        "vi": "Chứng thư chữ ký số không được cấp cho mục đích ký loại tài liệu này.",
        "en": "The certificate was not issued for signing this kind of document.",
    },
    SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE: {
        "vi": "Chuỗi chứng thư dẫn tới tổ chức chứng thực không hợp lệ.",
        "en": "The chain of certificates to the authority is not sound.",
    },
    SubIndication.CRYPTO_CONSTRAINTS_FAILURE: {
        "vi": "Thuật toán hoặc độ dài khóa không được chấp nhận.",
        "en": "The algorithm or key size is not accepted.",
    },
    SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE: {
        "vi": "Thuật toán hoặc độ dài khóa không còn an toàn, và không có bằng chứng chữ ký đã có từ trước đó.",
        "en": "The algorithm or key size is no longer safe, and nothing proves that the signature is older.",
    },
    SubIndication.POLICY_PROCESSING_ERROR: {
        "vi": "Không xử lý được chính sách chữ ký.",
        "en": "The signature policy could not be processed.",
    },
    SubIndication.SIGNATURE_POLICY_NOT_AVAILABLE: {
        "vi": "Không có chính sách chữ ký mà chữ ký dẫn chiếu.",
        "en": "The signature policy that the signature refers to is not available.",
    },
    SubIndication.TIMESTAMP_ORDER_FAILURE: {
        "vi": "Thứ tự các dấu thời gian không hợp lý.",
        "en": "The time-stamps are in an order that cannot be.",
    },
    SubIndication.NO_SIGNING_CERTIFICATE_FOUND: {
        "vi": "Không tìm thấy chứng thư chữ ký số của người ký.",
        "en": "The signer's certificate was not found.",
    },
    SubIndication.NO_CERTIFICATE_CHAIN_FOUND: {
        "vi": "Không xác định được chứng thư do tổ chức chứng thực được tin cậy cấp.",
        "en": "The certificate does not lead to an authority that is trusted here.",
    },
    SubIndication.NO_CERTIFICATE_CHAIN_FOUND_NO_POE: {
        "vi": "Tổ chức chứng thực không được tin cậy vào thời điểm ký.",
        "en": "The authority was not trusted at the time of the signature.",
    },
    SubIndication.REVOKED_NO_POE: {
        "vi": "Chứng thư chữ ký số đã bị thu hồi, và không có bằng chứng chữ ký được tạo trước khi thu hồi.",
        "en": "The certificate was revoked, and nothing proves that the signature was made before.",
    },
    SubIndication.REVOKED_CA_NO_POE: {
        "vi": "Chứng thư của tổ chức chứng thực đã bị thu hồi, và không có bằng chứng chữ ký được tạo trước đó.",
        "en": "The authority's certificate was revoked, and nothing proves that the signature was made before.",
    },
    SubIndication.OUT_OF_BOUNDS_NO_POE: {
        "vi": "Chứng thư chữ ký số hết hạn hoặc chưa có hiệu lực, và không có bằng chứng chữ ký được tạo trong thời hạn.",
        "en": "The certificate has expired or is not yet valid, and nothing proves that the signature was made in time.",
    },
    SubIndication.OUT_OF_BOUNDS_NOT_REVOKED: {
        "vi": "Chứng thư chữ ký số đã hết hạn dù không bị thu hồi, và không có bằng chứng chữ ký được tạo trong thời hạn.",
        "en": "The certificate expired without being revoked, and nothing proves that the signature was made in time.",
    },
    SubIndication.REVOCATION_OUT_OF_BOUNDS_NO_POE: {
        "vi": "Chứng thư của bên xác nhận trạng thái đã hết hạn, không có bằng chứng xác nhận được tạo trước đó.",
        "en": "Who confirmed the status has expired, and nothing proves that the confirmation is older.",
    },
    SubIndication.NO_POE: {
        "vi": "Thiếu bằng chứng về thời điểm tồn tại của chữ ký.",
        "en": "There is no proof of when the signature existed.",
    },
    SubIndication.TRY_LATER: {
        "vi": "Chưa kiểm tra được trạng thái của chứng thư chữ ký số, hoặc chứng thư đang tạm dừng; hãy kiểm tra lại sau.",
        "en": "The status of the certificate could not be checked, or it is suspended; check again later.",
    },
    SubIndication.SIGNED_DATA_NOT_FOUND: {
        "vi": "Thiếu nội dung đã được ký; hãy gửi kèm tệp gốc.",
        "en": "The signed content is missing; send the original file along.",
    },
}

_TROUBLES: Final[tuple[tuple[str, dict[Language, str]], ...]] = (
    ("the document is empty", {"vi": "Tệp rỗng.", "en": "The file is empty."}),
    ("the document is larger than", {"vi": "Tệp quá lớn.", "en": "The file is too large."}),
    (
        "no signature format was recognised",
        {
            "vi": "Đây không phải loại tệp có thể mang chữ ký số (PDF, XML, JSON, P7S, ASiC).",
            "en": "This is no kind of file that can carry a signature (PDF, XML, JSON, P7S, ASiC).",
        },
    ),
    (
        "the document holds time-stamps",
        {
            "vi": "Tệp chỉ có dấu thời gian, không có chữ ký số.",
            "en": "The file holds time-stamps and no signature.",
        },
    ),
    (
        "the document holds evidence records",
        {
            "vi": "Tệp chỉ có bản ghi bằng chứng lưu trữ, không có chữ ký số; bản ghi này không được kiểm tra.",
            "en": "The file holds evidence records and no signature; they are not judged.",
        },
    ),
    (
        "the PDF is encrypted",
        {
            "vi": "Tệp PDF được đặt mật khẩu nên không đọc được; hãy gửi tệp không đặt mật khẩu.",
            "en": "The PDF is protected by a password and cannot be read; send it without one.",
        },
    ),
    (
        "a ZIP archive without signatures",
        {"vi": "Tệp nén không chứa chữ ký số nào.", "en": "The archive holds no signature."},
    ),
    (
        "too many documents are being read",
        {
            "vi": "Hệ thống đang đọc quá nhiều tài liệu; hãy thử lại sau một phút.",
            "en": "Too many documents are being read at the moment; try again in a minute.",
        },
    ),
    (
        "documents cannot be read at the moment",
        {
            "vi": "Hiện không đọc được tài liệu; hãy thử lại sau.",
            "en": "Documents cannot be read at the moment; try again later.",
        },
    ),
    (
        "the document needs more",
        {
            "vi": "Tệp cần nhiều thời gian hoặc bộ nhớ hơn mức cho phép.",
            "en": "The file needs more time or memory than one document may take.",
        },
    ),
    (
        "reading the document takes longer",
        {"vi": "Đọc tệp mất quá nhiều thời gian.", "en": "Reading the file takes too long."},
    ),
)
_TROUBLE: Final[dict[Language, str]] = {
    "vi": "Không đọc được tệp này: cấu trúc tệp bị hỏng hoặc không đúng định dạng.",
    "en": "This file could not be read: its structure is broken or not that of its format.",
}


def sentence(conclusion: Conclusion | None, language: Language = "vi") -> str:
    """What was found, in one sentence."""
    return (_INDICATIONS[conclusion.indication] if conclusion else _NO_SIGNATURE)[language]


def reason(sub_indication: SubIndication | None, language: Language = "vi") -> str:
    """Why, in one sentence; empty where everything passed."""
    return _SUB_INDICATIONS[sub_indication][language] if sub_indication else ""


def trouble(problem: str, language: Language = "vi") -> str:
    """Why a document could not be judged, in one sentence for people; machines are given the problem itself."""
    known = next((words for start, words in _TROUBLES if problem.startswith(start)), _TROUBLE)
    return known[language]
